import type { Layout } from '@chainvisor/layout';
import { lockHolders, RunnerError, runToEnd } from '@chainvisor/runner';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessHint } from './access.js';
import { StagerError } from './errors.js';
import { errno, reasonOf } from './reason-of.js';

/** The right to change what lies under a home. */
export interface Lock {
  /** Why it keeps nobody away; undefined where it does. */
  readonly flaw: string | undefined;
  release(): void;
}

/** It does not wait for the lock, so this is only reached where the file system does not answer. */
const answerWithin = 10_000;

/**
 * Takes `.chainvisor/stager.lock`: flock(2), which frees itself with the process, whatever ends it. It is the stager's
 * alone, so the supervisor is neither waited for nor disturbed. Where there are no such locks, runs of the stager still do
 * not harm each other, they only download twice: each works in a directory of its own and places by one rename.
 *
 * Throws StagerError `locked` where another run has it, `disk` where the file cannot be opened.
 */
export async function takeLock(layout: Layout, env: Readonly<Record<string, string | undefined>>): Promise<Lock> {
  const path = join(layout.own, 'stager.lock');
  const descriptor = openLockFile(layout, path);
  const release = () => closeSync(descriptor);
  const taken = await takeFlock(descriptor, env);
  if (taken !== 'held') return { ...taken, release };
  release();
  const holders = lockHolders([path]).flatMap(({ pid, command, since }) =>
    pid === undefined ? [] : [`process ${pid} (${command}${since === undefined ? '' : `, since ${since}`})`],
  );
  throw new StagerError('locked', `another run works on this home: ${holders.join(', ') || 'one not seen from here'}`, {
    reason: `it holds ${path}`,
    hint: 'nothing: the next run goes on from there',
  });
}

function openLockFile(layout: Layout, path: string): number {
  try {
    // Not recursively: then Node says ENOENT where the file system is read-only.
    makeDirectory(dirname(path));
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  } catch (error) {
    throw new StagerError('disk', `cannot open the lock ${path}: ${reasonOf(error)}`, {
      hint: hintFor(layout, path, errno(error) ?? ''),
    });
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
}

function hintFor(layout: Layout, path: string, code: string): string {
  if (code === 'EACCES' || code === 'EPERM') return accessHint(layout, path);
  return hints[code] ?? 'see what is wrong with its file system; do not delete the lock';
}

const hints: Readonly<Record<string, string>> = {
  EROFS: 'the file system is mounted read-only: make it writable',
  ENOSPC: 'the file system is full: free some space',
  // EDQUOT, which Node has no name for.
  'Unknown system error -122': 'the disk quota is used up: free some space',
};

/** `flaw`: why there is no such lock, where there is none; without it the lock is taken. */
async function takeFlock(
  descriptor: number,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly flaw: string | undefined } | 'held'> {
  try {
    const { code, stderr } = await runToEnd({
      file: 'flock',
      args: ['-n', '-x', '3'],
      // cron's environment may have none.
      env: { PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' },
      inherit: [descriptor],
      timeout: answerWithin,
      output: 'capture',
    });
    if (code === 0) return { flaw: undefined };
    // Every implementation exits with 1 and says nothing of its own; its errors have a text, and often the same code.
    if (code === 1 && stderr.trim() === '') return 'held';
    return { flaw: stderr.trim() || `flock ended with code ${code}` };
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return { flaw: error.message };
  }
}
