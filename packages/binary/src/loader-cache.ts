import { open } from 'node:fs/promises';
import { endianness } from 'node:os';

/** Library name to paths, in the loader's order of preference. */
export type LoaderCache = ReadonlyMap<string, readonly string[]>;

/** One of a usual server has 20 to 200 KB. */
const LARGEST = 16 * 1024 * 1024;

const MAGIC = 'glibc-ld.so.cache1.1';
const HEADER = 48;
const ENTRY = 24;
/** The old format, which some distributions still write before the new one. */
const OLD_MAGIC = 'ld.so-1.7.0';
const [OLD_HEADER, OLD_ENTRY] = [16, 12];

/**
 * Reads `ld.so.cache`, which tells where libraries outside of the default directories are (`/etc/ld.so.conf`). Its format is
 * glibc's `cache_file_new` (sysdeps/generic/dl-cache.h). Empty when there is none, as on musl, or none that can be read:
 * then the loader has only the default directories as well.
 */
export async function readLoaderCache(path: string): Promise<LoaderCache> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > LARGEST) return new Map();
      const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, 0);
      return parseLoaderCache(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    return new Map();
  }
}

export function parseLoaderCache(content: Buffer): LoaderCache {
  const little = endianness() === 'LE';
  const number = (at: number): number => (little ? content.readUInt32LE(at) : content.readUInt32BE(at));
  const plain = new Map<string, string[]>();
  const tuned = new Map<string, string[]>();
  const start = newFormat(content, number);
  if (content.length < start + HEADER || content.toString('latin1', start, start + MAGIC.length) !== MAGIC)
    return plain;
  const count = Math.min(number(start + 20), Math.floor((content.length - start - HEADER) / ENTRY));
  const text = (offset: number): string => {
    const end = content.indexOf(0, start + offset);
    // Longer than PATH_MAX: nothing that could be opened.
    return end < 0 || end - start - offset > 4096 ? '' : content.toString('utf8', start + offset, end);
  };
  for (let i = 0; i < count; i++) {
    const at = start + HEADER + i * ENTRY;
    const [name, path] = [text(number(at + 4)), text(number(at + 8))];
    if (name === '' || path === '') continue;
    // With hardware capabilities: only for processors that have them, which is not for us to judge.
    const into = number(at + 16) === 0 && number(at + 20) === 0 ? plain : tuned;
    into.set(name, [...(into.get(name) ?? []), path]);
  }
  for (const [name, paths] of tuned) plain.set(name, [...(plain.get(name) ?? []), ...paths]);
  return plain;
}

/** Where the new format begins: after the old one, aligned to eight bytes, where that is there. */
function newFormat(content: Buffer, number: (at: number) => number): number {
  if (content.length < OLD_HEADER || content.toString('latin1', 0, OLD_MAGIC.length) !== OLD_MAGIC) return 0;
  const end = OLD_HEADER + number(12) * OLD_ENTRY;
  return Math.ceil(end / 8) * 8;
}
