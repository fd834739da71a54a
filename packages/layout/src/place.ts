import { cp, lstat, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkExecutable } from '@chainvisor/binary';
import { errno, LayoutError, writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { binaryIn, upgradeDir } from './layout.js';
import type { Layout } from './layout.js';
import { syncUpgrade } from './sync.js';

/**
 * Makes a finished directory, with its binary in `bin/`, the upgrade of that name by one rename, and returns where it
 * is once that is on disk. `upgrades/` shows the whole of it or nothing. Whatever has the name already and holds no
 * runnable binary (an empty directory, a download that failed) is moved to `quarantine/`, a copy of its other files
 * goes with the new one. A runnable binary is never replaced.
 *
 * Throws PlanError for a name that no directory can have, LayoutError `LAYOUT_OCCUPIED`, `LAYOUT_WRITE_FAILED`; what was
 * there is still there then.
 */
export async function placeUpgrade(layout: Layout, name: string, finished: string): Promise<string> {
  const dir = upgradeDir(layout, name);
  if ((await checkExecutable(binaryIn(layout, dir))).ok) throw occupied(dir);
  try {
    await mkdir(layout.upgrades, { recursive: true });
    const old = await lstat(dir).catch(() => undefined);
    if (old !== undefined) await setAside(layout, dir, finished);
    await syncUpgrade(layout, finished);
    await rename(finished, dir);
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

/** Takes over what lies in the old directory beside the binary, such as its plan, and moves the old one away. */
async function setAside(layout: Layout, dir: string, finished: string): Promise<void> {
  const stale = new Set([binaryIn(layout, dir), join(dir, layout.daemon), join(dir, 'lib')]);
  if ((await lstat(dir)).isDirectory()) {
    await cp(dir, finished, { recursive: true, force: false, filter: (from) => !stale.has(from) });
  }
  await mkdir(layout.quarantine, { recursive: true });
  const time = new Date().toISOString().replace(/[-:]/g, '');
  await rename(dir, join(layout.quarantine, `${time}-${basename(dir)}`));
  await fsyncPath(dirname(dir));
}
