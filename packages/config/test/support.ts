import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ConfigError, cosmovisorSettings, daemonSettings, type ConfigFile, type Problem } from '../src/index.js';

export const table = { ...daemonSettings, ...cosmovisorSettings };

/** The least environment that is complete. */
export const minimal = { DAEMON_HOME: '/home/paloma/.paloma', DAEMON_NAME: 'palomad' };

export function fileOf(entries: Record<string, unknown>): ConfigFile {
  return { path: '/etc/config.toml', entries };
}

export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'chainvisor-config-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function configErrorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The one problem of an action that is expected to have exactly one. */
export function problemOf(action: () => unknown): Problem {
  const { problems } = configErrorOf(action);
  const [problem] = problems;
  if (problem === undefined || problems.length > 1) throw new Error(`${problems.length} problems`);
  return problem;
}
