import { chmod, lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errno, FetcherError, writeFailed } from '../errors.js';
import { fsyncPath } from './place.js';

/**
 * Lets a directory appear by one rename. `make` fills `finished`, which is empty, and may use `work`, which is removed
 * whatever happens; both are beside the destination, on the same file system.
 *
 * Throws FetcherError `FETCHER_OPTION_INVALID`, `FETCHER_DESTINATION_EXISTS`, `FETCHER_WRITE_FAILED`, and what `make` throws.
 */
export async function appearAt<T>(
  destination: string,
  make: (work: string, finished: string) => Promise<T>,
): Promise<T> {
  if (destination === '' || destination.includes('\0')) {
    throw new FetcherError('FETCHER_OPTION_INVALID', `destination is ${JSON.stringify(destination)}: expected a path`);
  }
  const path = resolve(destination);
  const parent = dirname(path);
  const doing = async <R>(step: () => Promise<R>): Promise<R> => {
    try {
      return await step();
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errno(error) ?? '') && (await exists(path))) throw occupied(path);
      throw writeFailed(`cannot make ${path}`, error);
    }
  };

  if (await exists(path)) throw occupied(path);
  const work = await doing(() => mkdtemp(join(parent, '.fetch-')));
  try {
    const finished = join(work, 'finished');
    await doing(() => mkdir(finished));
    const made = await make(work, finished);
    await doing(async () => {
      await chmod(finished, 0o755);
      await fsyncPath(finished);
      if (await exists(path)) throw occupied(path);
      await rename(finished, path);
    });
    await doing(() => syncOrRemove(path));
    return made;
  } finally {
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function syncOrRemove(path: string): Promise<void> {
  try {
    await fsyncPath(dirname(path));
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw error;
  }
}

/** A link to nothing is something too. What cannot be looked at is found out by the first write. */
async function exists(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined;
}

function occupied(path: string): FetcherError {
  return new FetcherError('FETCHER_DESTINATION_EXISTS', `${path} is there already`, {
    hint: 'remove it, or choose another destination',
  });
}
