import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { copyFile, open } from 'node:fs/promises';
import { errno, throwIfAborted } from './errors.js';
import type { Found } from './scan.js';

/** What the kernel copies in one call cannot be aborted: larger files go in pieces. */
const IN_ONE_CALL = 64 * 1024 * 1024;
const PIECE = 1024 * 1024;
/** The block of every file system in use, and so the smallest hole. */
const BLOCK = 4096;
const ZEROS = Buffer.alloc(PIECE);

/** The part of the standard that is used; the libraries of TypeScript have it only among those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

/**
 * Copies the content of a regular file to a new one: in the kernel where it is small, else in pieces; holes stay holes.
 * `onBytes` is told what was done. Rejects with the system's error.
 */
export async function copyContent(
  from: Buffer,
  to: Buffer,
  entry: Found,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const hasHoles = entry.size >= 4 * BLOCK && entry.allocated <= entry.size - BLOCK;
  if (!hasHoles && entry.size <= IN_ONE_CALL) {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    onBytes(entry.size);
    return;
  }
  const target = await open(to, 'wx', 0o600);
  try {
    await copyPieces(from, target, hasHoles, signal, onBytes);
    await target.chmod(entry.mode);
  } finally {
    await target.close();
  }
}

async function copyPieces(
  from: Buffer,
  target: FileHandle,
  hasHoles: boolean,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let source = await open(from, constants.O_RDONLY | (hasHoles ? constants.O_DIRECT : 0)).catch((error: unknown) => {
    if (errno(error) !== 'EINVAL') throw error;
    return open(from, 'r');
  });
  try {
    const piece = hasHoles ? alignedPiece() : Buffer.allocUnsafeSlow(PIECE);
    let position = 0;
    for (;;) {
      throwIfAborted(signal);
      let bytesRead: number;
      try {
        ({ bytesRead } = await source.read(piece, 0, PIECE, position));
      } catch (error) {
        // This file system takes O_DIRECT, but not so.
        if (!hasHoles || errno(error) !== 'EINVAL') throw error;
        await source.close();
        source = await open(from, 'r');
        ({ bytesRead } = await source.read(piece, 0, PIECE, position));
      }
      if (bytesRead === 0) break;
      await writePiece(target, piece.subarray(0, bytesRead), position, hasHoles);
      position += bytesRead;
      onBytes(bytesRead);
    }
    if (hasHoles) await target.truncate(position);
  } finally {
    await source.close();
  }
}

/**
 * Past the page cache (O_DIRECT) a hole is read some thirty times as fast, which wants a buffer at a page's begin: the
 * memory of WebAssembly is.
 */
function alignedPiece(): Buffer {
  try {
    return Buffer.from(new WebAssembly.Memory({ initial: PIECE / 65536, maximum: PIECE / 65536 }).buffer);
  } catch {
    return Buffer.allocUnsafeSlow(PIECE);
  }
}

async function writePiece(target: FileHandle, piece: Buffer, position: number, hasHoles: boolean): Promise<void> {
  if (!hasHoles) return writeAll(target, piece, position);
  if (isZero(piece)) return;
  let begin = 0;
  for (let offset = 0; offset < piece.length; offset += BLOCK) {
    if (!isZero(piece.subarray(offset, offset + BLOCK))) continue;
    if (offset > begin) await writeAll(target, piece.subarray(begin, offset), position + begin);
    begin = offset + BLOCK;
  }
  if (begin < piece.length) await writeAll(target, piece.subarray(begin), position + begin);
}

const isZero = (bytes: Buffer): boolean => bytes.equals(ZEROS.subarray(0, bytes.length));

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
