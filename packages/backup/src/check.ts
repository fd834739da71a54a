import { join } from 'node:path';
import { readFailed, throwIfAborted } from './errors.js';
import { exists } from './files.js';
import { OWN, readHeader } from './manifest.js';
import type { Header } from './manifest.js';
import { DEFAULT_CONCURRENCY, realDirectory } from './options.js';
import { createMeter } from './progress.js';
import type { ProgressOptions } from './progress.js';
import { readBackup } from './read-backup.js';

export interface CheckOptions extends ProgressOptions {
  readonly signal?: AbortSignal;
}

/**
 * What a restore looks at before it begins: whether all that the manifest lists is there, with its type and size. No content
 * is read and nothing is written. Resolves to what the backup says about itself; undefined for one of cosmovisor's, which says
 * nothing.
 *
 * Throws BackupError: `BACKUP_DAMAGED`, `BACKUP_MANIFEST_INVALID`, `BACKUP_DATA_INVALID`, `BACKUP_OPTION_INVALID`,
 * `BACKUP_READ_FAILED`, `BACKUP_ABORTED`.
 */
export async function checkBackup(backup: string, options: CheckOptions = {}): Promise<Header | undefined> {
  const { signal } = options;
  const root = await realDirectory('the backup', backup);
  throwIfAborted(signal);
  const isOurs = await exists(join(root, OWN)).catch((error: unknown) => {
    throw readFailed(`cannot read ${root}`, error);
  });
  const header = isOurs ? await readHeader(root) : undefined;
  const names = header?.outside.map(({ name }) => ({ name })) ?? [];
  await readBackup(root, names, { signal, concurrency: DEFAULT_CONCURRENCY, meter: createMeter(options) });
  return header;
}
