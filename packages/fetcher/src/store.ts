import { open } from 'node:fs/promises';
import { FetcherError, writeFailed } from './errors.js';

/** Where the bytes of a download go, in order. */
export interface Store {
  write(chunk: Uint8Array): Promise<void>;
  /** Forgets all that was written. */
  restart(): Promise<void>;
}

export interface FileStore extends Store {
  close(): Promise<void>;
}

/** A new file that only its owner can read. Its errors are FetcherError `FETCHER_WRITE_FAILED`. */
export async function fileStore(path: string): Promise<FileStore> {
  const doing = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      throw writeFailed(`cannot write ${path}`, error);
    }
  };
  const file = await doing(() => open(path, 'wx', 0o600));
  let position = 0;
  return {
    write: (chunk) =>
      doing(async () => {
        for (let done = 0; done < chunk.length;) {
          const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position);
          done += bytesWritten;
          position += bytesWritten;
        }
      }),
    restart: () =>
      doing(async () => {
        await file.truncate(0);
        position = 0;
      }),
    close: () => doing(() => file.close()),
  };
}

/** Keeps it in memory, for small texts. */
export function textStore(): Store & { text(shown: string): string } {
  let chunks: Uint8Array[] = [];
  return {
    write(chunk) {
      chunks.push(chunk);
      return Promise.resolve();
    },
    restart() {
      chunks = [];
      return Promise.resolve();
    },
    text(shown) {
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
      } catch {
        throw new FetcherError('FETCHER_CONTENT_INVALID', `${shown} is no text: it is not UTF-8`);
      }
    },
  };
}
