import { errno, reasonOf } from '@chainvisor/report';
import type { Layout } from '@chainvisor/layout';
import { lockHolders, takeFlock } from '@chainvisor/runner';
import { ioHint } from '@chainvisor/staging';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessHint } from './access.js';
import { StagerError } from './errors.js';

/** The right to change what lies under a home. */
export interface Lock {
  /** Why it keeps nobody away; undefined where it does. */
  readonly flaw: string | undefined;
  release(): void;
}

/**
 * Takes `.chainvisor/stager.lock`: flock(2), which frees itself with the process, whatever ends it. It is the stager's
 * alone, so the supervisor is neither waited for nor disturbed. Where there are no such locks, runs of the stager still do
 * not harm each other, they only download twice: each works in a directory of its own and places by one rename.
 *
 * Throws StagerError `locked` where another run has it, `disk` where the file cannot be opened.
 */
export function takeLock(layout: Layout, env: Readonly<Record<string, string | undefined>>): Lock {
  const path = join(layout.own, 'stager.lock');
  const descriptor = openLockFile(layout, path);
  const release = () => closeSync(descriptor);
  // cron's environment may have no PATH.
  const taken = takeFlock(descriptor, { ...env, PATH: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' });
  if (taken === 'taken') return { flaw: undefined, release };
  if (typeof taken === 'object') return { flaw: 'failed' in taken ? taken.failed : taken.unsupported, release };
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
      hint: hintFor(layout, path, error),
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

function hintFor(layout: Layout, path: string, error: unknown): string {
  if (errno(error) === 'EACCES' || errno(error) === 'EPERM') return accessHint(layout, path);
  return ioHint(error) ?? 'see what is wrong with its file system; do not delete the lock';
}
