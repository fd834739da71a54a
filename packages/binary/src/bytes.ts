import type { FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';

/** A file by places in it. Memory stays below 1 MiB plus what one call asks for, whatever the file claims. */
export interface Bytes {
  readonly size: number;
  /** As many of these bytes as the file has: fewer, or none, where it ends before. Any number is allowed as position. */
  at(position: number, length: number): Promise<Buffer>;
  /** The text that ends with NUL; undefined where there is no NUL within 4096 bytes. */
  text(position: number): Promise<string | undefined>;
}

const BLOCK = 16 * 1024;
const MOST_BLOCKS = 64;
const LONGEST_TEXT = 4096;

/** Reads in blocks that are kept, as the tables of an ELF file are read a few bytes at a time and lie close together. */
export function readBytes(file: FileHandle, size: number): Bytes {
  const blocks = new Map<number, Buffer>();
  const block = async (index: number): Promise<Buffer> => {
    const known = blocks.get(index);
    if (known !== undefined) return known;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(BLOCK), 0, BLOCK, index * BLOCK);
    if (blocks.size >= MOST_BLOCKS) blocks.clear();
    const read = buffer.subarray(0, bytesRead);
    blocks.set(index, read);
    return read;
  };
  const at = async (position: number, length: number): Promise<Buffer> => {
    if (!Number.isSafeInteger(position) || position < 0 || position >= size) return Buffer.alloc(0);
    const end = Math.min(position + length, size);
    const parts: Buffer[] = [];
    for (let next = position; next < end;) {
      const from = next % BLOCK;
      const part = (await block((next - from) / BLOCK)).subarray(from, from + end - next);
      // Cut short since its size was asked for.
      if (part.length === 0) break;
      parts.push(part);
      next += part.length;
    }
    return Buffer.concat(parts);
  };
  const text = async (position: number): Promise<string | undefined> => {
    const bytes = await at(position, LONGEST_TEXT);
    const end = bytes.indexOf(0);
    return end < 0 ? undefined : bytes.toString('utf8', 0, end);
  };
  return { size, at, text };
}

// Only for files that are known to have this machine's byte order.
const little = endianness() === 'LE';
export const u16 = (b: Buffer, at: number): number => (little ? b.readUInt16LE(at) : b.readUInt16BE(at));
export const u32 = (b: Buffer, at: number): number => (little ? b.readUInt32LE(at) : b.readUInt32BE(at));
/** Values that a number cannot hold exactly lie beyond any file, and are refused as positions. */
export const u64 = (b: Buffer, at: number): number => Number(little ? b.readBigUInt64LE(at) : b.readBigUInt64BE(at));
