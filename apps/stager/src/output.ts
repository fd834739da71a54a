import { writeSync } from 'node:fs';

const patience = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes text to a descriptor, whole. A reader that went away (EPIPE) is no reason to fail; a full non-blocking pipe
 * (EAGAIN) is waited for, a second at most, then the rest is lost.
 */
export function writeTo(fd: 1 | 2, text: string): void {
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

/** A command's result: text on stdout, with a newline at its end. */
export function print(text: string): void {
  writeTo(1, `${text}\n`);
}

/**
 * Names of plans, their info, release titles and what servers answer are other people's: they must not forge a line, drive
 * a terminal or turn the direction of text. Control and invisible formatting characters become `\uXXXX`, also valid in JSON.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Data for programs, on one line. */
export function printJson(data: unknown): void {
  print(printable(JSON.stringify(data)));
}
