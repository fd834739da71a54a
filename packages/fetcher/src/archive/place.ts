import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, writeFailed } from '../errors.js';
import type { Choice } from './choose.js';

/** Paths under the directory. */
export interface Placed {
  readonly binary: string;
  readonly libraries: readonly string[];
}

/**
 * Moves the binary to `bin/<daemon>` and the libraries to `lib/` of a directory on the same file system, with the modes
 * of a program that everybody may run, and writes all of it out.
 *
 * Throws FetcherError `FETCHER_WRITE_FAILED`.
 */
export async function place(directory: string, daemon: string, { binary, libraries }: Choice): Promise<Placed> {
  try {
    const path = join('bin', daemon);
    await makeDirectory(join(directory, 'bin'));
    await rename(binary.stored, join(directory, path));
    await settle(join(directory, path), 0o755);
    await fsyncPath(join(directory, 'bin'));

    if (libraries.size > 0) await makeDirectory(join(directory, 'lib'));
    const placed = new Map<string, string>();
    for (const [name, { stored }] of libraries) {
      const library = join(directory, 'lib', name);
      const same = placed.get(stored);
      if (same === undefined) await rename(stored, library);
      else await copyFile(same, library, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      placed.set(stored, library);
      await settle(library, 0o644);
    }
    if (libraries.size > 0) await fsyncPath(join(directory, 'lib'));
    return { binary: path, libraries: [...libraries.keys()].map((name) => join('lib', name)) };
  } catch (error) {
    throw writeFailed(`cannot write ${directory}`, error);
  }
}

/** Whatever the umask is. */
async function makeDirectory(path: string): Promise<void> {
  await mkdir(path);
  await chmod(path, 0o755);
}

async function settle(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
  await fsyncPath(path);
}

/** Writes out what the system still holds of a file or directory. Where that cannot be asked for there is nothing to wait for. */
export async function fsyncPath(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY);
  try {
    await file.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errno(error) ?? '')) throw error;
  } finally {
    await file.close();
  }
}
