import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFailed } from '../errors.js';
import { type Content, contentOf, HEAD_BYTES } from './program.js';

/** Where the bytes of one file go, in order. */
export interface Sink {
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Keeps programs and libraries in files that have numbers for names; everything else is only looked at. */
export interface Shelf {
  /** For one file; `done` is told at its end what it is, and where it is kept. Not two at a time. */
  sink(done: (content: Content, stored: string | undefined) => void): Sink;
  /** Closes what a failure has left open. */
  close(): Promise<void>;
}

/** Its errors are FetcherError `FETCHER_WRITE_FAILED`. */
export function shelfIn(directory: string): Shelf {
  let kept = 0;
  let file: FileHandle | undefined;

  const write = async (path: string, chunk: Buffer): Promise<void> => {
    try {
      file ??= await open(path, 'wx', 0o600);
      for (let done = 0; done < chunk.length;) {
        done += (await file.write(chunk, done, chunk.length - done)).bytesWritten;
      }
    } catch (error) {
      throw writeFailed(`cannot write ${path}`, error);
    }
  };
  const close = async (): Promise<void> => {
    const closing = file;
    file = undefined;
    await closing?.close();
  };

  return {
    sink(done) {
      let head: Buffer = Buffer.alloc(0);
      let content: Content | undefined;
      let stored: string | undefined;
      const decide = (): void => {
        content = contentOf(head);
        if (content.runs !== undefined) stored = join(directory, String((kept += 1)));
      };
      return {
        async write(chunk) {
          let rest = chunk;
          if (content === undefined) {
            rest = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
            head = rest.subarray(0, HEAD_BYTES);
            if (rest.length < HEAD_BYTES) return;
            decide();
          }
          if (stored !== undefined) await write(stored, rest);
        },
        async end() {
          if (content === undefined) {
            decide();
            if (stored !== undefined) await write(stored, head);
          }
          await close().catch((error: unknown) => {
            throw writeFailed(`cannot write ${String(stored)}`, error);
          });
          if (content !== undefined) done(content, stored);
        },
      };
    },
    close: () => close().catch(() => undefined),
  };
}
