import { databaseLockFiles, walFile } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { reasonOf } from '@chainvisor/report';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backupsDir } from '../backup/made-for.js';
import { sizeText } from '../backup/texts.js';
import { isDirectory } from '../is-directory.js';
import { isWritable } from '../is-writable.js';
import { realOf } from '../real-of.js';
import type { Context } from './context.js';

type Parts = Pick<Context, 'settings' | 'layout' | 'log' | 'operator'>;

/**
 * Says at the start what would stop the backup before an upgrade that is still to come, or be missing from it, while there is
 * time to mend it. `named`: whether CHAINVISOR_BACKUP_OUTSIDE was set by the operator. Never rejects; resolves once the room is
 * known, which takes a look at every file and is not to be waited for.
 */
export async function announceBackups(parts: Parts, named: boolean): Promise<void> {
  const { settings, layout, log, operator } = parts;
  if (settings.skipBackup) return;
  const parent = backupsDir(settings, layout);
  for (const name of named ? settings.backupOutside : []) {
    const path = join(layout.home, name);
    if (!isDirectory(path))
      log.warn('a directory of CHAINVISOR_BACKUP_OUTSIDE is not there: no backup has it', { path });
  }
  for (const path of await notHeld(layout, settings.backupOutside).catch(() => [])) {
    log.warn('the node keeps a database outside of what is backed up: no backup has it', { path });
  }
  if (!isWritable(parent)) {
    log.warn('backups cannot be made: an upgrade would stop before the switch', {
      parent,
      do: 'give the user that runs this write access to it, or name another place in DAEMON_DATA_BACKUP_DIR',
    });
    return;
  }
  // Links take next to no room; whether the file system can share blocks instead is only known when it is tried.
  if (settings.backupStrategy !== 'copy' && isOneFileSystem(layout.data, parent)) return;
  try {
    const { roomForCopy } = await import('@chainvisor/backup');
    const directories = [layout.data, ...settings.backupOutside.map((name) => join(layout.home, name))];
    const { needed, free } = await roomForCopy(parent, directories, operator.stop);
    if (needed <= free) return;
    log.warn('there is no room for a backup: an upgrade would stop before the switch', {
      parent,
      needed: sizeText(needed),
      free: sizeText(free),
      do: 'make room there, or leave DAEMON_DATA_BACKUP_DIR away: next to the data a backup by links takes next to none',
    });
  } catch (error) {
    if (!operator.stop.aborted)
      log.warn('whether there is room for a backup cannot be told', { reason: reasonOf(error) });
  }
}

/** Where databases and the consensus log are, as config.toml and links have it, if not in what a backup holds. */
async function notHeld(layout: Layout, outside: readonly string[]): Promise<readonly string[]> {
  const files = [...(await databaseLockFiles(layout.home)), await walFile(layout.home)];
  const held = await Promise.all([layout.data, ...outside.map((name) => join(layout.home, name))].map(realOf));
  const places = await Promise.all(files.map((file) => realOf(dirname(file))));
  return [...new Set(places)].filter((place) => !held.some((root) => `${place}/`.startsWith(`${root}/`)));
}

function isOneFileSystem(data: string, parent: string): boolean {
  try {
    return statSync(data).dev === statSync(parent).dev;
  } catch {
    // Without data there is nothing to back up yet.
    return true;
  }
}
