import type { Listed } from '@chainvisor/backup';
import { readNodeId } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { realpath } from 'node:fs/promises';
import type { RunSettings } from '../settings.js';

/** What a backup was made for, and what belongs to its data; lies in its manifest. */
export interface MadeFor {
  /** The upgrade before which it was made, where it was one. */
  readonly plan?: { readonly name: string; readonly height: number };
  /** Where `current` pointed: the binary that belongs to the data. Undefined where there was no link. */
  readonly target?: string;
  /** The id of the node whose data it is; undefined where it has no key. */
  readonly node?: string;
}

/** What a manifest tells of it, as far as that is what we write. */
export function madeFor(about: unknown): MadeFor {
  const { plan, target, node } = (typeof about === 'object' && about !== null ? about : {}) as Partial<
    Record<keyof MadeFor, unknown>
  >;
  const { name, height } = (typeof plan === 'object' && plan !== null ? plan : {}) as Readonly<Record<string, unknown>>;
  const isPlan = typeof name === 'string' && Number.isSafeInteger(height);
  return {
    ...(isPlan ? { plan: { name, height: height as number } } : {}),
    ...(typeof target === 'string' && target !== '' ? { target } : {}),
    ...(typeof node === 'string' ? { node } : {}),
  };
}

/** The directory in which the backups of this home are. */
export function backupsDir(settings: RunSettings, layout: Layout): string {
  return settings.dataBackupDir ?? layout.home;
}

/**
 * Tells by what a manifest keeps whether a backup is of this home's node. Its path alone does not: containers and machines that
 * have their backups in one place may each have the same.
 */
export async function ownBackups({ home }: Layout): Promise<(about: unknown) => boolean> {
  const node = await readNodeId(home);
  return (about) => madeFor(about).node === node;
}

/** The newest finished backup of this home's data that was made for an upgrade. Throws what the disk or BackupError says. */
export async function backupFor(
  layout: Layout,
  settings: RunSettings,
  { name, height }: { readonly name: string; readonly height: number },
): Promise<Listed | undefined> {
  const { listBackups } = await import('@chainvisor/backup');
  const [data, isOwn] = await Promise.all([realpath(layout.data), ownBackups(layout)]);
  return (await listBackups(backupsDir(settings, layout))).findLast(({ kind, header }) => {
    if (kind !== 'ours' || header?.data !== data || !isOwn(header.about)) return false;
    const { plan } = madeFor(header.about);
    return plan?.name === name && plan.height === height;
  });
}
