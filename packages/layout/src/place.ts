import { lstat, mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { checkExecutable } from '@chainvisor/binary';
import { errno, LayoutError, writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { binaryIn, upgradeDir } from './layout.js';
import type { Layout } from './layout.js';
import { syncUpgrade } from './sync.js';

/**
 * Makes a finished directory, with its binary in `bin/`, the upgrade of that name by one rename, and returns where it
 * is once that is on disk. `upgrades/` shows the whole of it or nothing. Whatever has the name already and holds no
 * runnable binary (an empty directory, a download that failed, a file where `bin/` should be) is moved to `quarantine/`,
 * with all that is in it. A runnable binary is never replaced.
 *
 * Throws PlanError for a name that no directory can have, LayoutError `LAYOUT_OCCUPIED`, `LAYOUT_WRITE_FAILED`; what was
 * there is still there then. Only where the last step fails, writing the new name out, the new one is there already: it is
 * whole, somebody may use it, and the switch to it writes the name out again.
 */
export async function placeUpgrade(layout: Layout, name: string, finished: string): Promise<string> {
  const dir = upgradeDir(layout, name);
  if ((await checkExecutable(binaryIn(layout, dir))).ok) throw occupied(dir);
  try {
    await mkdir(layout.upgrades, { recursive: true });
    const old = await lstat(dir).catch(() => undefined);
    await syncUpgrade(layout, finished);
    if (old === undefined) await rename(finished, dir);
    else await replace(layout, dir, finished);
    await fsyncPath(layout.upgrades);
    return dir;
  } catch (error) {
    // Somebody was faster.
    if (errno(error) === 'ENOTEMPTY') throw occupied(dir);
    throw writeFailed(`cannot place ${dir}`, error);
  }
}

function occupied(dir: string): LayoutError {
  return new LayoutError('LAYOUT_OCCUPIED', `${dir} holds a binary already`, {
    hint: `remove ${dir} to have it staged anew`,
  });
}

/** Moves the old one to `quarantine/` and the new one to its place, or the old one back. */
async function replace(layout: Layout, dir: string, finished: string): Promise<void> {
  await mkdir(layout.quarantine, { recursive: true });
  const time = new Date().toISOString().replace(/[-:]/g, '');
  const aside = join(layout.quarantine, `${time}-${basename(dir)}`);
  await rename(dir, aside);
  try {
    if ((await checkExecutable(binaryIn(layout, aside))).ok) throw occupied(dir);
    // It must be found again, should the power fail between the two.
    await fsyncPath(layout.quarantine);
    await rename(finished, dir);
  } catch (error) {
    await rename(aside, dir).catch(() => undefined);
    throw error;
  }
}
