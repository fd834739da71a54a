import { closeSync, constants, fstatSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

import { messageOf, RunnerError, systemCodeOf } from '../errors.js';
import { fileId, type FileId } from '../locked-files.js';

/** Something that was opened to be locked. */
export interface LockTarget {
  readonly path: string;
  readonly descriptor: number;
  /** Which file it is, whatever its path. */
  readonly id: FileId;
}

/**
 * Open files of ours have these flags, which fcntl(2) cannot change later and /proc/PID/fdinfo shows for every process that
 * inherited one. Nobody who runs `flock` on the file by hand opens it so: this tells what a supervisor started from all others,
 * in any PID namespace and where nothing could be put on record.
 */
const MARK = constants.O_SYNC | constants.O_NOFOLLOW;

/** Whether the flags of an open file, as in fdinfo, are those of ours. */
export function isMarked(flags: number): boolean {
  return (flags & MARK) === MARK;
}

/**
 * Opens a lock file, made with its directory where it is missing. One that may not be written to will do: it is only locked.
 *
 * @returns why not, where it is missing and cannot be made.
 * @throws RunnerError RUNNER_LOCK_DENIED when it is there, or may be, but cannot be opened.
 */
export function openLockFile(path: string): LockTarget | { readonly missing: string } {
  let failure: unknown;
  try {
    mkdirSync(dirname(path), { recursive: true });
    return opened(path, openSync(path, constants.O_RDWR | constants.O_CREAT | MARK, 0o644));
  } catch (error) {
    failure = error;
  }
  try {
    return opened(path, openSync(path, constants.O_RDONLY | MARK));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { missing: messageOf(failure) };
    throw denied(path, error);
  }
}

/**
 * Opens a directory, to be locked itself.
 *
 * @returns why not, where it is missing.
 * @throws RunnerError RUNNER_LOCK_DENIED when it is there, or may be, but cannot be opened.
 */
export function openLockDirectory(path: string): LockTarget | { readonly missing: string } {
  try {
    const real = realpathSync(path);
    return opened(path, openSync(real, constants.O_RDONLY | constants.O_DIRECTORY | MARK));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { missing: messageOf(error) };
    throw denied(path, error);
  }
}

export function closeTargets(targets: readonly LockTarget[]): void {
  for (const { descriptor } of targets) closeSync(descriptor);
}

function opened(path: string, descriptor: number): LockTarget {
  return { path, descriptor, id: fileId(fstatSync(descriptor, { bigint: true })) };
}

function denied(path: string, cause: unknown): RunnerError {
  const code = systemCodeOf(cause) ?? 'unknown error';
  const what = `the lock ${path} cannot be opened by ${userName()} (${code})`;
  const isRefused = code === 'EACCES' || code === 'EPERM';
  const hint = isRefused
    ? 'run this as the user who owns the home, or give the home back to that user (chown -R); do not delete the lock'
    : code === 'ELOOP'
      ? 'it must be a plain file, not a symbolic link'
      : 'see what is wrong with its file system; do not delete the lock';
  return new RunnerError('RUNNER_LOCK_DENIED', what, { hint, cause });
}

function userName(): string {
  try {
    const { username, uid } = userInfo();
    return `user ${username} (${uid})`;
  } catch {
    // Containers run as numbers that no user database knows.
    return `user ${process.getuid?.()}`;
  }
}
