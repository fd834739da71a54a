import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Transform } from 'node:stream';
import { createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { errno, FetcherError, throwIfAborted, writeFailed } from '../errors.js';
import type { FetchProgress } from '../options.js';
import { broken } from './refuse.js';

export type Compression = 'gzip' | 'zstd' | 'deflate';

/** A downloaded file, and how to tell about it. */
export interface Downloaded {
  readonly path: string;
  readonly bytes: number;
  /** Its address, for messages. */
  readonly shown: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

export interface Part {
  /** From this byte on, */
  readonly start: number;
  /** up to the one before this. */
  readonly end: number;
}

/** Large, so that a hundred megabytes cost hundreds of turns and not ten thousand; larger costs memory and gains nothing. */
const CHUNK = 256 * 1024;
const SMALLEST_CHUNK = 4096;

/**
 * Reads the file, or a part of it, decompressed where that is asked for, and gives it away piece by piece; a piece is
 * awaited before the next one but one is made, so memory stays bounded.
 *
 * Throws FetcherError `FETCHER_ARCHIVE_BROKEN` where it cannot be decompressed, `FETCHER_WRITE_FAILED` where it cannot be
 * read, `FETCHER_ABORTED`, and what `take` throws.
 */
export async function readThrough(
  file: Downloaded,
  compression: Compression | undefined,
  take: (chunk: Buffer) => Promise<void>,
  part: Part = { start: 0, end: file.bytes },
): Promise<void> {
  throwIfAborted(file.signal);
  // createReadStream cannot read nothing: its end is inclusive.
  if (part.end <= part.start) return;
  const chunk = Math.min(CHUNK, Math.max(SMALLEST_CHUNK, part.end - part.start));
  const read = createReadStream(file.path, { start: part.start, end: part.end - 1, highWaterMark: chunk });
  const takeAll = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      throwIfAborted(file.signal);
      await take(chunk);
      file.onProgress?.({ phase: 'unpack', bytes: part.start + read.bytesRead, total: file.bytes });
    }
  };
  try {
    if (compression === undefined) await pipeline(read, takeAll);
    else await pipeline(read, decompressor(compression, chunk), takeAll);
  } catch (error) {
    if (error instanceof FetcherError) throw error;
    // zlib's own errors have codes as well; only system calls have names.
    if (error instanceof Error && 'syscall' in error) throw writeFailed(`cannot read ${file.path}`, error);
    if (errno(error) === undefined) throw error;
    throw broken(file.shown, `cannot be decompressed: ${(error as Error).message}`, error);
  }
}

function decompressor(compression: Compression, chunkSize: number): Transform {
  switch (compression) {
    case 'gzip':
      return createGunzip({ chunkSize });
    case 'zstd':
      return createZstdDecompress({ chunkSize });
    case 'deflate':
      return createInflateRaw({ chunkSize });
  }
}
