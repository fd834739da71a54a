import { closeSync, constants, fstatSync, openSync, readSync, statSync, type BigIntStats } from 'node:fs';

/** The largest upgrade-info file that is read: 32 MiB. The node writes some hundred bytes. */
export const INFO_LIMIT = 32 * 1024 * 1024;

// A writer can outrun us only while it writes; each repeat costs tens of microseconds.
const ATTEMPTS = 8;

/** The file's content and metadata, known to belong together. */
export type Snapshot =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly stats: BigIntStats; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' | 'not-a-file' | 'restless'; readonly stats: BigIntStats };

/**
 * Reads the file between two looks at its metadata and repeats while these differ, a bounded number of times.
 * Synchronous on purpose: the file is tiny and just written, and a round trip through the thread pool costs more than
 * the read.
 * @throws the operating system's error for anything but a missing file.
 */
export function takeSnapshot(file: string): Snapshot {
  for (let attempt = 1; ; attempt += 1) {
    const before = look(file);
    if (before === undefined) return { kind: 'absent' };
    if (!before.isFile()) return { kind: 'not-a-file', stats: before };
    if (before.size > BigInt(INFO_LIMIT)) return { kind: 'too-large', stats: before };
    const bytes = readExactly(file, before);
    const after = look(file);
    if (bytes !== undefined && after !== undefined && isSame(before, after))
      return { kind: 'file', stats: after, bytes };
    if (attempt === ATTEMPTS) return { kind: 'restless', stats: after ?? before };
  }
}

/** The bytes, or undefined where the file is no longer the one of `expected`. */
function readExactly(file: string, expected: BigIntStats): Uint8Array | undefined {
  const descriptor = open(file);
  if (descriptor === undefined) return undefined;
  try {
    if (!isSame(expected, fstatSync(descriptor, { bigint: true }))) return undefined;
    const size = Number(expected.size);
    // One byte more than expected: where it arrives, the file has grown.
    const buffer = new Uint8Array(size + 1);
    let length = 0;
    while (length <= size) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return length === size ? buffer.subarray(0, size) : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function open(file: string): number | undefined {
  try {
    // Non-blocking: a named pipe put in the file's place must not hold us.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function look(file: string): BigIntStats | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false });
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.dev === b.dev;
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
