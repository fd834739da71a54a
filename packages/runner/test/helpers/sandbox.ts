import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, vi } from 'vitest';

import { startChild, type RunningChild } from '../../src/index.js';
import { readProcessStat } from '../../src/process-stat.js';

/** What a test's programs see; PATH is for the tools that the shell fixtures call. */
export const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };

export const bound = { timeout: 20_000, interval: 5 };

export interface Sandbox {
  readonly dir: string;
  path(name: string): string;
  /** Writes a file, executable unless told otherwise, and returns its path. */
  write(name: string, text: string, mode?: number): string;
  /** Waits until a program has written a whole line to a file, and returns the file's text without the last line break. */
  said(name: string): Promise<string>;
  /** Starts a shell script with $1, $2, … ; it is ended after the test at the latest. */
  shell(script: string, ...args: readonly string[]): Promise<RunningChild>;
  /** Starts a program of test/fixtures. */
  fixture(name: string, ...args: readonly string[]): Promise<RunningChild>;
  start(...options: Parameters<typeof startChild>): Promise<RunningChild>;
}

export function useSandbox(): Sandbox {
  let dir = '';
  let started: RunningChild[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'runner-'));
    started = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((child) => child.stop({ grace: 0 })));
    rmSync(dir, { recursive: true });
  });
  const path = (name: string) => join(dir, name);
  const start: Sandbox['start'] = async (options) => {
    const child = await startChild(options);
    started.push(child);
    return child;
  };
  return {
    get dir() {
      return dir;
    },
    path,
    write: (name, text, mode = 0o755) => {
      writeFileSync(path(name), text, { mode });
      return path(name);
    },
    said: (name) => lineOf(path(name)),
    shell: (script, ...args) => start({ ...sh(script, ...args), cwd: dir, env }),
    fixture: (name, ...args) => start({ ...program(name, ...args), cwd: dir, env }),
    start,
  };
}

export const sh = (script: string, ...args: readonly string[]) => ({
  file: '/bin/sh',
  args: ['-c', script, 'sh', ...args],
});

export const fixturePath = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

export const program = (name: string, ...args: readonly string[]) => ({
  file: process.execPath,
  args: [fixturePath(name), ...args],
});

export async function lineOf(path: string): Promise<string> {
  return vi.waitFor(() => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (!text.endsWith('\n')) throw new Error(`nothing was written to ${path}`);
    return text.trimEnd();
  }, bound);
}

/** Alive and no zombie. */
export function isAlive(pid: number): boolean {
  const stat = readProcessStat(pid);
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X';
}
