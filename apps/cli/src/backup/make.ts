import type { Backup, ProgressOptions } from '@chainvisor/backup';
import { readNodeId } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { join } from 'node:path';
import { isDirectory } from '../is-directory.js';
import type { RunSettings } from '../settings.js';
import { backupsDir, type MadeFor } from './made-for.js';

export interface MakeOptions extends Pick<ProgressOptions, 'onProgress'> {
  readonly about: Omit<MadeFor, 'node'>;
  /** Instead of the setting. */
  readonly strategy?: RunSettings['backupStrategy'] | undefined;
  readonly signal: AbortSignal;
}

/** Backs up the data of a home where nothing runs, as the settings say. Throws BackupError; nothing of it is left then. */
export async function makeBackup(
  layout: Layout,
  settings: RunSettings,
  { about, strategy = settings.backupStrategy, signal, onProgress }: MakeOptions,
): Promise<Backup> {
  // A part of the same file, but not run by a command that makes and reads no backup.
  const { backupName, createBackup } = await import('@chainvisor/backup');
  const node = await readNodeId(layout.home);
  const names = settings.backupOutside.filter((name) => isDirectory(join(layout.home, name)));
  return createBackup({
    data: layout.data,
    parent: backupsDir(settings, layout),
    name: backupName(new Date()),
    strategy,
    stopped: true,
    outside: names.map((name) => ({ name, path: join(layout.home, name) })),
    about: node === undefined ? about : { ...about, node },
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}
