import { writeSync } from 'node:fs';

const patience = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes text to a descriptor, whole, without process.stdout or process.stderr, whose first touch makes a stream that is
 * shared with a child non-blocking. A reader that went away (EPIPE) is no reason to fail; a full non-blocking pipe (EAGAIN)
 * is waited for, a second at most, then the rest is lost. Never throws.
 */
export function writeTo(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let waits = 0; rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EINTR') continue;
      if (code !== 'EAGAIN' || ++waits > 100) return;
      Atomics.wait(patience, 0, 0, 10);
    }
  }
}
