import { spawnSync } from 'node:child_process';

import { systemCodeOf } from '../errors.js';

/**
 * `held`: by another open file description. `unsupported`: there are no such locks here, or no program to take them.
 * `failed`: this try says nothing, as the program could not be run, or was killed; another one may.
 */
export type FlockResult = 'taken' | 'held' | { readonly unsupported: string } | { readonly failed: string };

/** Codes of a program that is not there, or is none. */
const NO_PROGRAM = new Set<string | undefined>(['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC']);

/** It does not wait for the lock, so this is only reached where the file system does not answer. */
const TIMEOUT = 10_000;

/**
 * Takes flock(2) on a descriptor of ours, by the program `flock` of util-linux or busybox: Node has no call for it. The lock
 * belongs to the open file description: it stays after the program has ended, until the last descriptor of it is closed.
 */
export function takeFlock(descriptor: number, env: Readonly<Record<string, string | undefined>>): FlockResult {
  const result = spawnSync('flock', ['-n', '-x', '3'], {
    // What is preloaded is meant for the node, and where it is missing every program complains of it.
    env: { ...env, LD_PRELOAD: undefined, LD_LIBRARY_PATH: undefined },
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  if (result.error !== undefined) {
    const { message } = result.error;
    return NO_PROGRAM.has(systemCodeOf(result.error)) ? { unsupported: message } : { failed: message };
  }
  const said = result.stderr.toString('utf8').trim();
  if (result.status === 0) return 'taken';
  if (result.status === null) return { failed: `flock was ended by ${result.signal ?? 'somebody'}` };
  // Every implementation exits with 1 and says nothing of its own; its errors have a text, and often the same code.
  if (result.status === 1 && !/^(?:\S*\/)?flock: /m.test(said)) return 'held';
  return { unsupported: said === '' ? `flock ended with code ${result.status}` : said };
}
