import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Every entry under a directory with what a change of it would change: one line each, sorted. */
export async function treeOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true });
  const lines = entries.sort().map(async (entry) => {
    const path = join(root, entry);
    const { mode, size, ino, mtimeNs } = await lstat(path, { bigint: true });
    const target = (await readlink(path).catch(() => undefined)) ?? '';
    return [entry, mode.toString(8), size, ino, mtimeNs, target].join(' ');
  });
  return Promise.all(lines);
}
