import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readFailed, writeFailed } from './errors.js';
import { fsyncPath, readRegular, writeNew } from './files.js';
import { recordIn } from './layout.js';
import type { Layout } from './layout.js';

const PREFIX = 'replace-';
const STALE_MS = 60 * 60 * 1000;

/**
 * Gives a file of the home a new content in one step: a reader, and a crash, find the old bytes or the new ones.
 * Returns when both file and name are on disk. `mode` is exact, the umask does not count. A link is replaced, not
 * followed. The temporary file lives in `.chainvisor`, or beside the target where that is not possible.
 *
 * Throws LayoutError `LAYOUT_WRITE_FAILED`; the old file is still there then.
 */
export async function replaceFile(layout: Layout, path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const unique = `${PREFIX}${randomBytes(6).toString('hex')}`;
  try {
    try {
      await mkdir(layout.own, { recursive: true });
      await removeStale(layout.own, PREFIX);
      await replaceBy(join(layout.own, unique), path, bytes, mode);
    } catch {
      // `.chainvisor` on another file system, full, read-only or not to be made: what counts is the target's own directory.
      const beside = `.${basename(path)}.`;
      await removeStale(dirname(path), beside + PREFIX);
      await replaceBy(join(dirname(path), beside + unique), path, bytes, mode);
    }
    await fsyncPath(dirname(path));
  } catch (error) {
    throw writeFailed(`cannot write ${path}`, error);
  }
}

/** Places the plan's bytes beside its binary, as `replaceFile` does, with mode 0644: monitoring reads it. */
export async function recordPlan(layout: Layout, dir: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(layout, recordIn(dir), bytes, 0o644);
}

/**
 * Copies a file into `quarantine/` under a name with the time and a random part, on disk before it returns that path.
 * The original stays as it is. Throws LayoutError: `LAYOUT_READ_FAILED`, `LAYOUT_WRITE_FAILED`.
 */
export async function quarantine(layout: Layout, path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readRegular(path);
  } catch (error) {
    throw readFailed(`cannot read ${path}`, error);
  }
  const time = new Date().toISOString().replace(/[-:]/g, '');
  const copy = join(layout.quarantine, `${time}-${randomBytes(3).toString('hex')}-${basename(path)}`);
  try {
    await mkdir(layout.quarantine, { recursive: true });
    await writeNew(copy, bytes, 0o600);
    await fsyncPath(layout.quarantine);
  } catch (error) {
    throw writeFailed(`cannot copy ${path} to ${copy}`, error);
  }
  return copy;
}

async function replaceBy(temporary: string, path: string, bytes: Uint8Array, mode: number): Promise<void> {
  try {
    await writeNew(temporary, bytes, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes what a crash left, an hour later: younger ones may be another process's. Not worth an error. */
async function removeStale(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS)
      await rm(path, { force: true }).catch(() => undefined);
  }
}
