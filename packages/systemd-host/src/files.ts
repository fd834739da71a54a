import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errno } from './errors.js';

/** What a file is to have. */
export interface FileContent {
  readonly bytes: string | Uint8Array;
  /** Exactly this, whatever the umask. */
  readonly mode: number;
  /** The number of its group; that of this process where none is given. Only root may choose. */
  readonly group: number | undefined;
}

/** Nobody's install takes as long: what is older was left by a crash. Milliseconds. */
const STALE = 60 * 60 * 1000;

/**
 * Gives a path a new content in one step, on disk when this resolves: a reader, and a crash, find the old file or the whole
 * new one. A link is replaced, not followed. Rejects with what the system says.
 */
export async function writeWhole(path: string, { bytes, mode, group }: FileContent): Promise<void> {
  // systemd reads no file that is called so: neither a unit nor a drop-in.
  const prefix = `.${basename(path)}.chainvisor-`;
  await removeStale(dirname(path), prefix);
  const temporary = join(dirname(path), `${prefix}${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      if (group !== undefined) await file.chown(-1, group);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Writes the names in a directory to disk. Where that cannot be asked for there is nothing to wait for. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EROFS'].includes(errno(error) ?? '')) throw error;
  } finally {
    await directory.close();
  }
}

async function removeStale(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    // Not worth an error.
    if (found !== undefined && Date.now() - found.mtimeMs > STALE)
      await rm(path, { force: true }).catch(() => undefined);
  }
}
