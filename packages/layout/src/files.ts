import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errno } from './errors.js';

const MAX_READ = 64 * 1024 * 1024;

/** Writes out what the system still holds of a file or directory. Where that cannot be asked for
 * (no directory fsync, mounted read-only) there is nothing to wait for. */
export async function fsyncPath(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await file.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EROFS'].includes(errno(error) ?? '')) throw error;
  } finally {
    await file.close();
  }
}

/** The content of a regular file. Anything else is refused rather than waited for, and so is more than 64 MiB. */
export async function readRegular(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`${path} is not a regular file`);
    if (found.size > MAX_READ) throw new Error(`${path} has ${found.size} bytes; at most ${MAX_READ} are read`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Creates a file that must not exist yet, with exactly this mode whatever the umask, and writes it out. */
export async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether a system error says that nothing is there. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errno(error) ?? '');
}
