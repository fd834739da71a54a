import type { Layout } from '@chainvisor/layout';
import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDirectory } from '../is-directory.js';
import { realOf } from '../real-of.js';
import type { RunSettings } from '../settings.js';

/** What a restore has put aside. */
export interface OldData {
  readonly name: string;
  readonly path: string;
}

const mark = '-before-restore-';

/**
 * The name that the data of now gets at a restore: `data-before-restore-Y-M-D`, `-2` and so on where that is taken, here or, with
 * the directory's name behind it, beside one of those outside the data. Several homes may have their data side by side: the name
 * begins with that of the directory itself.
 */
export async function asideName(layout: Layout, outside: readonly string[], date: string): Promise<string> {
  const data = await realOf(layout.data);
  const others = await Promise.all(outside.map(async (name) => [name, dirname(await realOf(join(layout.home, name)))]));
  const isTaken = (name: string): boolean =>
    isThere(join(dirname(data), name)) ||
    others.some(([other = '', parent = '']) => isThere(join(parent, `${name}-${other}`)));
  const wanted = basename(data) + mark + date;
  let name = wanted;
  for (let number = 2; isTaken(name); number += 1) name = `${wanted}-${number}`;
  return name;
}

/** A directory outside the data that is restored with it. */
export interface RestoredOutside {
  readonly name: string;
  /** Where it is, of data that a restore has put aside; undefined where the backup holds it. */
  readonly from?: string;
}

/** What a restore has put aside together with this data, of the directories outside: they belong to it. */
export async function setAsideWith(
  layout: Layout,
  { backupOutside }: RunSettings,
  backup: string,
): Promise<readonly RestoredOutside[]> {
  const real = await realOf(backup);
  if (!isAside(basename(real), basename(await realOf(layout.data)), [])) return [];
  const found: RestoredOutside[] = [];
  for (const name of backupOutside) {
    const from = join(dirname(await realOf(join(layout.home, name))), `${basename(real)}-${name}`);
    if (isDirectory(from)) found.push({ name, from });
  }
  return found;
}

/** All that restores of this home have put aside, by name. Throws what the disk says. */
export async function oldDataOf(layout: Layout, { backupOutside }: RunSettings): Promise<readonly OldData[]> {
  const data = await realOf(layout.data);
  const places = await Promise.all(
    ['data', ...backupOutside].map(async (name) => dirname(await realOf(join(layout.home, name)))),
  );
  const found: OldData[] = [];
  for (const place of new Set(places)) {
    const entries = await readdir(place, { withFileTypes: true }).catch((error: unknown) => {
      if (place === dirname(data)) throw error;
      return [];
    });
    for (const entry of entries) {
      if (entry.isDirectory() && isAside(entry.name, basename(data), backupOutside)) {
        found.push({ name: entry.name, path: join(place, entry.name) });
      }
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Another name, as an operator gives to what is to be kept, is none of ours. */
function isAside(name: string, data: string, outside: readonly string[]): boolean {
  if (!name.startsWith(data + mark)) return false;
  const found = /^\d{4}-\d{1,2}-\d{1,2}(?:-[1-9]\d*)?(?:-(.+))?$/.exec(name.slice((data + mark).length));
  return found !== null && (found[1] === undefined || outside.includes(found[1]));
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
