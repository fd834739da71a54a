import { writeSync } from 'node:fs';

/** What a file says that takes no more. */
const onDisk: ReadonlySet<string | undefined> = new Set([
  'ENOSPC',
  // EDQUOT, which Node has no name for.
  'Unknown system error -122',
  'EIO',
  'EFBIG',
]);

const patience = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes text to a descriptor, whole, without process.stdout or process.stderr, whose first touch makes a stream that is
 * shared with a child non-blocking. A reader that went away (EPIPE) is no reason to fail; a full non-blocking pipe (EAGAIN)
 * is waited for, a second at most, then the rest is lost. Never throws; returns the error of a disk that did not take all of
 * it, as it is full.
 */
export function writeTo(fd: number, text: string): Error | undefined {
  let rest = Buffer.from(text);
  for (let waits = 0; rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINTR') continue;
      if (code !== 'EAGAIN' || ++waits > 100) return onDisk.has(code) ? (error as Error) : undefined;
      Atomics.wait(patience, 0, 0, 10);
    }
  }
  return undefined;
}
