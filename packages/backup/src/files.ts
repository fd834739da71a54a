import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errno, isAbsent } from './errors.js';

/** Writes out what the system still holds of a file or directory, where it can be asked for that. */
export async function fsyncPath(path: string | Buffer): Promise<void> {
  const file = await openToSync(path);
  try {
    await file.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EROFS'].includes(errno(error) ?? '')) throw error;
  } finally {
    await file.close();
  }
}

/** A file that its owner may only write is opened so. */
async function openToSync(path: string | Buffer): ReturnType<typeof open> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errno(error) !== 'EACCES') throw error;
    return open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  }
}

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** What a file's new content is written to first; a kill leaves it, and the next replacement takes it over. */
export const newOf = (path: string): string => `${path}.new`;

/**
 * Gives a file a new content in one step, on disk when it returns; as root, with this owner. A link is replaced, not
 * followed. One writer at a time.
 */
export async function replaceFile(
  path: string,
  bytes: string | Uint8Array,
  mode: number,
  owner?: FileOwner,
): Promise<void> {
  const temporary = newOf(path);
  try {
    await rm(temporary, { force: true });
    await writeNew(temporary, bytes, mode, owner);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await fsyncPath(dirname(path));
}

/** Creates a file that must not exist yet, with exactly this mode whatever the umask, and writes it out. */
async function writeNew(
  path: string,
  bytes: string | Uint8Array,
  mode: number,
  owner: FileOwner | undefined,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    if (owner !== undefined && process.geteuid?.() === 0) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether something bears the name, a dangling link too. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
