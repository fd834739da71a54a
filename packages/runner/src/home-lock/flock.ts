import { spawnSync } from 'node:child_process';

/** `held`: by another open file description. `unsupported`: there are no such locks here, or no program to take them. */
export type FlockResult = 'taken' | 'held' | { readonly unsupported: string };

/** It does not wait for the lock, so this is only reached where the file system does not answer. */
const TIMEOUT = 10_000;

/**
 * Takes flock(2) on a descriptor of ours, by the program `flock` of util-linux or busybox: Node has no call for it. The lock
 * belongs to the open file description: it stays after the program has ended, until the last descriptor of it is closed.
 */
export function takeFlock(descriptor: number, env: Readonly<Record<string, string | undefined>>): FlockResult {
  const result = spawnSync('flock', ['-n', '-x', '3'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  if (result.error !== undefined) return { unsupported: result.error.message };
  const said = result.stderr.toString('utf8').trim();
  if (result.status === 0) return 'taken';
  // Every implementation exits with 1 and says nothing; errors have a text, and often the same code.
  if (result.status === 1 && said === '') return 'held';
  return { unsupported: said === '' ? `flock ended with ${result.signal ?? `code ${result.status}`}` : said };
}
