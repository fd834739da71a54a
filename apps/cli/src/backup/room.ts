import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What directories hold: the sizes of their files, and the room that their removal gives back. */
export interface Room {
  readonly bytes: number;
  /** Blocks of files that have no other name elsewhere. What a file system shares between files counts as if it were not. */
  readonly freed: number;
}

/** Adds it up over directories that are, or would be, removed together. What cannot be looked at counts as nothing. */
export async function roomOf(paths: readonly string[]): Promise<Room> {
  const links = new Map<string, number>();
  let [bytes, freed] = [0, 0];
  const look = async (path: string): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) {
        await look(inside);
        continue;
      }
      const found = await lstat(inside).catch(() => undefined);
      if (found === undefined) continue;
      bytes += found.size;
      const key = `${found.dev}:${found.ino}`;
      const seen = (links.get(key) ?? 0) + 1;
      links.set(key, seen);
      if (seen === found.nlink) freed += found.blocks * 512;
    }
  };
  for (const path of paths) await look(path);
  return { bytes, freed };
}
