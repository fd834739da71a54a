import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { MANIFEST, manifestLines } from './manifest.js';
import type { Manifest } from './manifest.js';

const BUFFERED = 256 * 1024;

/**
 * Puts a manifest in its place in one step, on disk when it returns; as root, with this owner.
 * Throws BackupError: `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`.
 */
export async function writeManifest(
  backup: string,
  manifest: Manifest,
  owner: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const path = join(backup, MANIFEST);
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      let text = '';
      for (const line of manifestLines(manifest)) {
        text += line;
        if (text.length < BUFFERED) continue;
        await file.appendFile(text);
        text = '';
      }
      await file.appendFile(text);
      if (process.geteuid?.() === 0) await file.chown(owner.uid, owner.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await fsyncPath(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailed(`cannot write ${path}`, error);
  }
}
