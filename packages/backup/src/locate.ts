import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, isAbsent, reasonOf } from './errors.js';
import { expectAbsolute } from './options.js';

export interface Located {
  /** The directory itself, all links followed, whether it is there or not. */
  readonly path: string;
  readonly parent: string;
  readonly base: string;
  readonly isThere: boolean;
}

const MAX_LINKS = 40;

/**
 * Where a directory is that may be missing: a link to it is followed also when it dangles, as one does in the middle of a
 * restore. Throws BackupError: `BACKUP_OPTION_INVALID`, `BACKUP_DATA_INVALID`.
 */
export async function locate(what: string, path: string): Promise<Located> {
  expectAbsolute(what, path);
  let at = resolve(path);
  try {
    for (let links = 0; links <= MAX_LINKS; links++) {
      const parent = await realpath(dirname(at));
      const base = basename(at);
      if (base === '') break;
      const found = await lstat(join(parent, base)).catch((error: unknown) => {
        if (isAbsent(error)) return undefined;
        throw error;
      });
      if (found?.isSymbolicLink() !== true) {
        if (found !== undefined && !found.isDirectory()) break;
        return { path: join(parent, base), parent, base, isThere: found !== undefined };
      }
      at = resolve(parent, await readlink(join(parent, base)));
    }
  } catch (error) {
    throw new BackupError('BACKUP_DATA_INVALID', `cannot find ${what} ${path}: ${reasonOf(error)}`, { cause: error });
  }
  throw new BackupError('BACKUP_DATA_INVALID', `${what} ${path} is no directory with a name`);
}
