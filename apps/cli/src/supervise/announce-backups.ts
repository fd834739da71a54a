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

/** What would stop a backup, or be missing from it. */
export interface BackupTrouble {
  /** Whether an upgrade would stop before the switch. */
  readonly stops: boolean;
  readonly what: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Says at the start what would stop the backup before an upgrade that is still to come, or be missing from it, while there is
 * time to mend it. `named`: whether CHAINVISOR_BACKUP_OUTSIDE was set by the operator. Never rejects; resolves once the room is
 * known, which takes a look at every file and is not to be waited for.
 */
export async function announceBackups(parts: Parts, named: boolean): Promise<void> {
  const { log, operator } = parts;
  try {
    await lookAtBackups(parts, named, operator.stop, ({ what, fields }) => log.warn(what, fields));
  } catch (error) {
    if (!operator.stop.aborted)
      log.warn('whether there is room for a backup cannot be told', { reason: reasonOf(error) });
  }
}

/** Tells each trouble as soon as it is known, the room last. Throws BackupError where that cannot be told. */
export async function lookAtBackups(
  { settings, layout }: Pick<Parts, 'settings' | 'layout'>,
  named: boolean,
  signal: AbortSignal,
  tell: (trouble: BackupTrouble) => void,
): Promise<void> {
  if (settings.skipBackup) return;
  const warn = (what: string, fields: BackupTrouble['fields']) => tell({ stops: false, what, fields });
  const parent = backupsDir(settings, layout);
  for (const name of named ? settings.backupOutside : []) {
    const path = join(layout.home, name);
    if (!isDirectory(path)) warn('a directory of CHAINVISOR_BACKUP_OUTSIDE is not there: no backup has it', { path });
  }
  for (const path of await notHeld(layout, settings.backupOutside).catch(() => [])) {
    warn('the node keeps a database outside of what is backed up: no backup has it', { path });
  }
  if (!isWritable(parent)) {
    const mend = 'give the user that runs this write access to it, or name another place in DAEMON_DATA_BACKUP_DIR';
    const what = 'backups cannot be made: an upgrade would stop before the switch';
    tell({ stops: true, what, fields: { parent, do: mend } });
    return;
  }
  // Links take next to no room; whether the file system can share blocks instead is only known when it is tried.
  if (settings.backupStrategy !== 'copy' && isOneFileSystem(layout.data, parent)) return;
  const { roomForCopy } = await import('@chainvisor/backup');
  const directories = [layout.data, ...settings.backupOutside.map((name) => join(layout.home, name))];
  const { needed, free } = await roomForCopy(parent, directories, signal);
  if (needed <= free) return;
  tell({
    stops: true,
    what: 'there is no room for a backup: an upgrade would stop before the switch',
    fields: {
      parent,
      needed: sizeText(needed),
      free: sizeText(free),
      do: 'make room there, or leave DAEMON_DATA_BACKUP_DIR away: next to the data a backup by links takes next to none',
    },
  });
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
