import { lstat, mkdir, readlink, realpath, rename, rm, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { LayoutError, writeFailed } from './errors.js';
import { checkExecutable } from '@chainvisor/binary';
import { fsyncPath, isAbsent } from './files.js';
import { binaryIn } from './layout.js';
import type { Layout } from './layout.js';

/**
 * Points `current` at a directory of the home, in one step: at every instant, whatever dies, it names either the old
 * directory or the new one. Returns when the change is on disk. The caller holds the home lock; what the directory
 * contains must be on disk before (`syncUpgrade`).
 *
 * The link is relative, so that the home can be moved and mounted elsewhere; absolute only for a directory outside it.
 *
 * Throws LayoutError: `LAYOUT_NOT_RUNNABLE` when its binary cannot run here, `LAYOUT_CURRENT_NOT_A_LINK`,
 * `LAYOUT_TARGET_INVALID`, `LAYOUT_WRITE_FAILED`. `current` is what it was then.
 */
export async function switchCurrent(layout: Layout, dir: string): Promise<void> {
  if (!isAbsolute(dir)) throw new LayoutError('LAYOUT_TARGET_INVALID', `${dir} is not an absolute path`);
  const directory = resolve(dir);
  const binary = await checkExecutable(binaryIn(layout, directory));
  if (!binary.ok) {
    throw new LayoutError(
      'LAYOUT_NOT_RUNNABLE',
      `cannot switch to ${dir}: ${binary.path} would not run (${binary.reason}): ${binary.detail}`,
      {
        hint: `put a binary for this machine at ${binary.path}`,
      },
    );
  }
  try {
    const before = await linkText(layout);
    const text = await textFor(layout, directory);
    if (text !== before) await place(layout, text);
    await fsyncPath(layout.root);
  } catch (error) {
    throw writeFailed(`cannot switch ${layout.current} to ${dir}`, error);
  }
}

/** What `current` says now; undefined when it does not exist. */
async function linkText(layout: Layout): Promise<string | undefined> {
  try {
    const found = await lstat(layout.current);
    if (found.isSymbolicLink()) return await readlink(layout.current);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  throw new LayoutError('LAYOUT_CURRENT_NOT_A_LINK', `${layout.current} is not a symbolic link`, {
    hint: `move it out of the way; it must be a link to genesis or to a directory of upgrades`,
  });
}

async function textFor(layout: Layout, dir: string): Promise<string> {
  const root = await realpath(layout.root);
  if (await leadsThroughCurrent([layout.current, join(root, 'current')], dir)) dir = await realpath(dir);
  const text = inside(layout.root, dir) ?? inside(root, dir) ?? dir;
  if (text === '') throw new LayoutError('LAYOUT_TARGET_INVALID', `${dir} is not the directory of an upgrade`);
  return text;
}

/** Whether a directory is reached by way of `current`: a link to it would lead back to itself. */
async function leadsThroughCurrent(current: readonly string[], dir: string): Promise<boolean> {
  // The kernel follows 40 links; more cannot have been runnable.
  for (let at: string = dir, links = 0; links <= 40; links++) {
    if (current.some((path) => at === path || at.startsWith(`${path}/`))) return true;
    const text = await readlink(at).catch(() => undefined);
    if (text === undefined) return false;
    at = resolve(dirname(at), text);
  }
  return true;
}

function inside(root: string, path: string): string | undefined {
  const text = relative(root, path);
  return text === '..' || text.startsWith('../') ? undefined : text;
}

/** Makes the link under another name and renames it over `current`. A relative text counts from where it ends up. */
async function place(layout: Layout, text: string): Promise<void> {
  try {
    await mkdir(layout.own, { recursive: true });
    await placeBy(join(layout.own, 'current.new'), layout, text);
  } catch {
    // `.chainvisor` mounted from elsewhere, full, read-only or not to be made: the root is the one directory that surely
    // shares a file system with the link, and must take it.
    await placeBy(join(layout.root, '.current.new'), layout, text);
  }
}

async function placeBy(temporary: string, layout: Layout, text: string): Promise<void> {
  // What a crash left behind. One name for all, so that there is never more than one.
  await rm(temporary, { force: true });
  await symlink(text, temporary);
  try {
    await rename(temporary, layout.current);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
