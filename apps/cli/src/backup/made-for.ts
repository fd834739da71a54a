import type { Listed } from '@chainvisor/backup';
import type { Layout } from '@chainvisor/layout';
import { realpath } from 'node:fs/promises';
import type { RunSettings } from '../settings.js';

/** What a backup was made for, and what belongs to its data; lies in its manifest. */
export interface MadeFor {
  /** The upgrade before which it was made, where it was one. */
  readonly plan?: { readonly name: string; readonly height: number };
  /** Where `current` pointed: the binary that belongs to the data. Undefined where there was no link. */
  readonly target?: string;
}

/** What a manifest tells of it, as far as that is what we write. */
export function madeFor(about: unknown): MadeFor {
  const { plan, target } = (typeof about === 'object' && about !== null ? about : {}) as Partial<
    Record<keyof MadeFor, unknown>
  >;
  const { name, height } = (typeof plan === 'object' && plan !== null ? plan : {}) as Readonly<Record<string, unknown>>;
  const isPlan = typeof name === 'string' && Number.isSafeInteger(height);
  return {
    ...(isPlan ? { plan: { name, height: height as number } } : {}),
    ...(typeof target === 'string' && target !== '' ? { target } : {}),
  };
}

/** The directory in which the backups of this home are. */
export function backupsDir(settings: RunSettings, layout: Layout): string {
  return settings.dataBackupDir ?? layout.home;
}

/** The newest finished backup of this home's data that was made for an upgrade. Throws what the disk or BackupError says. */
export async function backupFor(
  layout: Layout,
  settings: RunSettings,
  { name, height }: { readonly name: string; readonly height: number },
): Promise<Listed | undefined> {
  const { listBackups } = await import('@chainvisor/backup');
  const data = await realpath(layout.data);
  return (await listBackups(backupsDir(settings, layout))).findLast(({ kind, header }) => {
    if (kind !== 'ours' || header?.data !== data) return false;
    const { plan } = madeFor(header.about);
    return plan?.name === name && plan.height === height;
  });
}
