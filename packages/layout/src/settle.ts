import { lstat, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFailed } from './errors.js';
import { fsyncPath, isAbsent } from './files.js';
import { binaryIn } from './layout.js';
import type { Layout } from './layout.js';

/**
 * Moves a binary that lies beside `bin/`, as `cp palomad upgrades/v2/` leaves it, to where it belongs, and returns
 * `moved` when that is on disk; `in-place` when `bin/` already has something of its name, which is never replaced;
 * `missing` when there is neither, or what lies there is no regular file with an execute bit.
 *
 * Throws LayoutError `LAYOUT_WRITE_FAILED`.
 */
export async function settleBinary(layout: Layout, dir: string): Promise<'in-place' | 'moved' | 'missing'> {
  const binary = binaryIn(layout, dir);
  try {
    if (await exists(binary)) return 'in-place';
    const mode = await strayMode(layout, dir);
    if (mode === undefined || (mode & 0o111) === 0) return 'missing';
    await fsyncPath(join(dir, layout.daemon));
    await mkdir(dirname(binary), { recursive: true });
    await rename(join(dir, layout.daemon), binary);
    await fsyncPath(dirname(binary));
    await fsyncPath(dir);
    return 'moved';
  } catch (error) {
    throw writeFailed(`cannot move ${join(dir, layout.daemon)} to ${binary}`, error);
  }
}

/** The mode of a regular file that bears the daemon's name beside `bin/`, where `bin/` has nothing of that name. */
export async function strayMode(layout: Layout, dir: string): Promise<number | undefined> {
  const found = await lstat(join(dir, layout.daemon)).catch(() => undefined);
  if (found?.isFile() !== true || (await exists(binaryIn(layout, dir)))) return undefined;
  return found.mode;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
