import { readFileSync } from 'node:fs';

/** A program of every distribution, small and linked to the C library. */
const path = '/bin/true';

/**
 * A real program of this machine that asks for something else: each of its strings that matches is replaced by another one
 * of the same length. undefined where it has none: it is not linked to glibc.
 */
export function patchedProgram(pattern: RegExp, replacement: string): Buffer | undefined {
  const before = readFileSync(path, 'latin1');
  const after = before.replaceAll(new RegExp(String.raw`(?<=\0)${pattern.source}(?=\0)`, 'g'), replacement);
  if (after.length !== before.length) throw new Error(`${replacement} is not as long as ${pattern.source}`);
  return after === before ? undefined : Buffer.from(after, 'latin1');
}
