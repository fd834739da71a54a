import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errno, writeFailed } from './errors.js';
import { fsyncPath, isAbsent } from './files.js';
import { binaryIn, libIn } from './layout.js';
import type { Layout } from './layout.js';

/**
 * Writes out everything that must be on disk before `current` may name the directory: the binary, what is in `lib/`,
 * and the directories that hold their names. Cheap where nothing is left to write.
 *
 * Throws LayoutError `LAYOUT_WRITE_FAILED`.
 */
export async function syncUpgrade(layout: Layout, dir: string): Promise<void> {
  const binary = binaryIn(layout, dir);
  try {
    const libraries = await pathsBelow(libIn(dir));
    await Promise.all([fsyncPath(binary), ...libraries.map(syncLibrary)]);
    await Promise.all([dirname(binary), dir, dirname(dir)].map(fsyncPath));
  } catch (error) {
    throw writeFailed(`cannot write ${dir} to disk`, error);
  }
}

/** The directory itself, and the files and directories below it, links followed to files only. */
async function pathsBelow(directory: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  const paths = [directory];
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) paths.push(...(await pathsBelow(path)));
    else if ((await stat(path).catch(() => undefined))?.isFile() === true) paths.push(path);
  }
  return paths;
}

/** A file that this user cannot read, the node cannot either: no reason to stop an upgrade. */
async function syncLibrary(path: string): Promise<void> {
  try {
    await fsyncPath(path);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOENT'].includes(errno(error) ?? '')) throw error;
  }
}
