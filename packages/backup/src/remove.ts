import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import type { BytePath } from './bytes.js';
import { at, fromName, joined } from './bytes.js';
import { errno } from './errors.js';

/** Removes a directory with all in it, also where directories in it may not be written to. Rejects with the system's error. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(errno(error) ?? '')) throw error;
    await openUp(path, '');
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(root: string, directory: BytePath): Promise<void> {
  await chmod(at(root, directory), 0o700);
  for (const name of await readdir(at(root, directory), { encoding: 'buffer' })) {
    const path = joined(directory, fromName(name));
    if ((await lstat(at(root, path))).isDirectory()) await openUp(root, path);
  }
}
