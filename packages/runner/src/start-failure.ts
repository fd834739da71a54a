import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';

import { RunnerError, systemCodeOf } from './errors.js';
import type { ChildOptions } from './options.js';

const HEADER_BYTES = 256;
const ELF = '\x7fELF';

/**
 * Refuses what the kernel itself would not execute. Where execve(2) says ENOEXEC, glibc's execvp(3), which libuv calls,
 * hands the file to /bin/sh: an empty file would then "succeed" with code 0 and a cut download would be read as a script.
 */
export function assertExecutableFormat(options: ChildOptions): void {
  const header = readHeader(options, 0o111);
  if (header === undefined || header.startsWith(ELF) || header.startsWith('#!')) return;
  const cause = Object.assign(new Error(`spawn ${options.file} ENOEXEC`), {
    code: 'ENOEXEC',
    errno: -constants.errno.ENOEXEC,
    syscall: `spawn ${options.file}`,
  });
  throw startFailure(options, cause);
}

/** The error for a program that could not be executed, with what can be found out about the reason. */
export function startFailure(options: ChildOptions, cause: unknown): RunnerError {
  const { reason, hint } = explain(options, cause);
  return new RunnerError('RUNNER_START_FAILED', `cannot start ${options.file}: ${reason}`, { hint, cause });
}

function explain(options: ChildOptions, cause: unknown): { reason: string; hint: string } {
  const code = systemCodeOf(cause) ?? 'unknown error';
  const { cwd } = options;
  // The kernel reports a missing working directory with the same code as a missing file.
  if (cwd !== undefined && (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') && !isDirectory(cwd)) {
    return { reason: `its working directory ${cwd} is not there (${code})`, hint: `create the directory ${cwd}` };
  }
  if (code === 'ENOEXEC') {
    const reason = 'it is neither an ELF program nor a script that begins with #! (ENOEXEC)';
    return {
      reason,
      hint: 'replace it with a program for this machine, or give the script a first line such as #!/bin/sh',
    };
  }
  const header = readHeader(options);
  if (code === 'ENOENT' && header !== undefined) {
    const interpreter = /^#!\s*(\S+)/.exec(header)?.[1];
    return interpreter === undefined
      ? {
          reason: 'the file is there, but the loader it asks for is not (ENOENT)',
          hint: 'it was built for another C library or machine: get a build for this system (ldd shows what it needs)',
        }
      : {
          reason: `the file is there, but its interpreter ${interpreter} is not (ENOENT)`,
          hint: `install ${interpreter}, or change the first line of the script`,
        };
  }
  if (code === 'ENOENT') return { reason: 'there is no such file (ENOENT)', hint: 'check the path' };
  if (code === 'EACCES') {
    return {
      reason: 'it may not be executed (EACCES)',
      hint: 'it must be a regular file with the execute bit (chmod +x), in directories this user may enter, on a mount without noexec',
    };
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  return { reason: text.includes(code) ? text : `${text} (${code})`, hint: 'see the cause' };
}

/** The first bytes of a file with one of these mode bits; undefined where that is for execve(2) to judge. */
function readHeader(options: ChildOptions, modes = 0o777): string | undefined {
  if (!options.file.includes('/')) return undefined;
  try {
    const path = resolve(options.cwd ?? '.', options.file);
    // Opening a FIFO would wait for a writer.
    const stats = statSync(path);
    if (!stats.isFile() || (stats.mode & modes) === 0) return undefined;
    const descriptor = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(HEADER_BYTES);
      return bytes.toString('latin1', 0, readSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
