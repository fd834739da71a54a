import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '@chainvisor/fetcher';
import { createLayout, type Layout } from '@chainvisor/layout';
import { type ReleaseServer, startReleaseServer } from '@chainvisor/testkit';
import { onTestFinished } from 'vitest';
import type { StageOptions } from '../src/index.ts';

export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'staging-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function makeLayout(): Layout {
  return createLayout({ home: temporary(), daemon: 'palomad', recase: true });
}

export async function releases(): Promise<ReleaseServer> {
  const server = await startReleaseServer();
  onTestFinished(() => server.close());
  return server;
}

/** A program that says its version as a node does, and does nothing else. */
export function program(version: string): string {
  return `#!/bin/sh
case "$*" in
  'version --long --output json') echo '{"name":"paloma","server_name":"palomad","version":"${version}","commit":"abc"}';;
  version) echo ${version};;
  *) exit 1;;
esac
`;
}

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

export const access = {
  env: {},
  attempts: 1,
  limits: { ...defaultLimits, time: 60_000, idle: 30_000 },
  requireChecksum: true,
  allowWeakChecksum: false,
};

export function stageOptions(url: string, more: Partial<StageOptions> = {}): StageOptions {
  return {
    ...access,
    source: { url, named: 'the test' },
    plan: 'v2.4.15',
    requireVersion: false,
    versionTimeout: 60_000,
    ...more,
  };
}

/** What is below a directory, sorted; empty where it is absent. */
export function below(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  } catch {
    return [];
  }
}
