import { errno, reasonOf } from '@chainvisor/report';
import { type Layout, readCurrent } from '@chainvisor/layout';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { accessHint } from './access.js';
import { StagerError } from './errors.js';

/** Where directories go that are being removed: `upgrades/` shows the whole of one or nothing. */
function removedDir(layout: Layout): string {
  return join(layout.own, 'removed');
}

/** Removes what a run that was killed had moved aside. Only under the stager's lock. Never rejects. */
export async function clearRemoved(layout: Layout): Promise<void> {
  await rm(removedDir(layout), { recursive: true, force: true }).catch(() => undefined);
}

/**
 * Removes the directory of an upgrade: moved aside by one rename, and back where `current` was pointed to it meanwhile.
 *
 * Throws StagerError `disk`.
 */
export async function removeUpgrade(layout: Layout, dir: string): Promise<void> {
  const aside = join(removedDir(layout), basename(dir));
  try {
    await mkdir(removedDir(layout), { recursive: true });
    await rename(dir, aside);
    const current = await readCurrent(layout);
    if (current.state === 'dangling') {
      await rename(aside, dir);
      throw new StagerError('disk', `${layout.current} was pointed to ${dir} meanwhile: it is back in its place`);
    }
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    if (error instanceof StagerError) throw error;
    throw new StagerError('disk', `cannot remove ${dir}: ${reasonOf(error)}`, {
      hint:
        errno(error) === 'EXDEV'
          ? 'cosmovisor/.chainvisor and cosmovisor/upgrades must lie on one file system for this'
          : accessHint(layout, dir),
    });
  }
}
