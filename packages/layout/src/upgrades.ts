import type { Plan } from '@chainvisor/plan';
import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, readFailed } from './errors.js';
import { checkExecutable } from '@chainvisor/binary';
import type { Runnable } from '@chainvisor/binary';
import { binaryIn } from './layout.js';
import type { Layout } from './layout.js';
import { readRecord } from './record.js';
import { strayMode } from './settle.js';

/** A directory of `upgrades/`, complete or not. */
export interface StagedUpgrade {
  /** Its name: escaped, and recased unless that is disabled. */
  readonly directory: string;
  readonly dir: string;
  /** The binary in `bin/`; the one to be moved there when `misplaced`. */
  readonly binary: Runnable;
  /** The binary lies beside `bin/` instead of in it, where some guides put it: see `settleBinary`. */
  readonly misplaced: boolean;
  /** What was recorded when `current` was switched to it; undefined before, or when not understood. */
  readonly plan: Plan | undefined;
}

const order = new Intl.Collator('en', { numeric: true }); // v9 before v10

/**
 * Lists the directories of `upgrades/`, and links there, in the order of their names. Empty when there is no such
 * directory. Throws LayoutError `LAYOUT_READ_FAILED`.
 */
export async function listUpgrades(layout: Layout): Promise<StagedUpgrade[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(layout.upgrades, { withFileTypes: true });
  } catch (error) {
    // A link to a volume that is not mounted is no empty list.
    if (errno(error) === 'ENOENT' && (await lstat(layout.upgrades).catch(() => undefined)) === undefined) return [];
    throw readFailed(`cannot list ${layout.upgrades}`, error);
  }
  const staged: StagedUpgrade[] = [];
  for (const entry of entries.sort((a, b) => order.compare(a.name, b.name) || (a.name < b.name ? -1 : 1))) {
    const dir = join(layout.upgrades, entry.name);
    if (!entry.isDirectory() && !(entry.isSymbolicLink() && !(await isOtherThanDirectory(dir)))) continue;
    const misplaced = (await strayMode(layout, dir)) !== undefined;
    const binary = await checkExecutable(misplaced ? join(dir, layout.daemon) : binaryIn(layout, dir));
    staged.push({ directory: entry.name, dir, binary, misplaced, plan: (await readRecord(dir)).plan });
  }
  return staged;
}

/** A broken link counts as the directory that it was meant to be, so that its missing binary is seen. */
async function isOtherThanDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isDirectory();
}
