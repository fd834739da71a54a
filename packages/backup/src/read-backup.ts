import { join } from 'node:path';
import type { BytePath } from './bytes.js';
import { shown } from './bytes.js';
import { BackupError, readFailed } from './errors.js';
import { exists } from './files.js';
import { linkable } from './linkable.js';
import { OUTSIDE, OWN, readManifest } from './manifest.js';
import type { Entry, Manifest } from './manifest.js';
import type { Meter } from './progress.js';
import { scan } from './scan.js';
import type { Found } from './scan.js';

/** A part of a backup: the data, or a directory from outside of it. */
export interface Stored {
  readonly from: string;
  readonly entries: readonly Found[];
  readonly links: ReadonlySet<BytePath>;
}

export interface StoredBackup {
  readonly data: Stored;
  /** In the order in which they were asked for. */
  readonly outside: readonly Stored[];
  /** Names of outside directories that were not asked for. */
  readonly left: readonly string[];
}

/** A directory from outside of the data that is asked for. */
export interface AskedOutside {
  readonly name: string;
  /** Where it is, for data without a manifest to tell. */
  readonly from?: string;
}

export interface ReadingOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly meter: Meter;
}

/**
 * What a backup holds. With a manifest, only what that lists, and all of that must be there with its type and size.
 * Throws BackupError: `BACKUP_MANIFEST_INVALID`, `BACKUP_DAMAGED`, `BACKUP_OPTION_INVALID`, `BACKUP_READ_FAILED`, `BACKUP_ABORTED`.
 */
export async function readBackup(
  backup: string,
  asked: readonly AskedOutside[],
  options: ReadingOptions,
): Promise<StoredBackup> {
  const isOurs = await exists(join(backup, OWN)).catch((error: unknown) => {
    throw readFailed(`cannot read ${backup}`, error);
  });
  const manifest = isOurs ? await readManifest(backup) : undefined;
  const known = manifest?.header.outside.map(({ name }) => name) ?? [];
  for (const { name, from } of asked) {
    if (from === undefined ? known.includes(name) : manifest === undefined) continue;
    throw new BackupError('BACKUP_OPTION_INVALID', `the backup ${backup} has no outside directory ${name}`);
  }
  options.meter.begin('scanning', 0, 0);
  const parts: Stored[] = [];
  for (const { name, from: elsewhere } of [{ name: '' }, ...asked] as readonly AskedOutside[]) {
    const prefix = name === '' ? '' : `${OUTSIDE}/${name}`;
    const from = elsewhere ?? join(backup, prefix);
    const found = (await scan(from, { ...options, leaveOut: OWN })).entries;
    const entries = manifest === undefined ? found : expectAll(backup, manifest, prefix, found);
    parts.push({ from, entries, links: prefix === '' ? await linkable(from, entries) : new Set() });
  }
  options.meter.end();
  const [data, ...outside] = parts as [Stored, ...Stored[]];
  return { data, outside, left: known.filter((name) => !asked.some((one) => one.name === name)) };
}

function expectAll(backup: string, manifest: Manifest, prefix: string, found: readonly Found[]): Found[] {
  const listed = new Map<BytePath, Entry>();
  for (const entry of manifest.entries) {
    const path = pathIn(prefix, entry.path);
    if (path !== undefined) listed.set(path, entry);
  }
  const wrong: string[] = [];
  const entries = found.filter((one) => {
    const entry = listed.get(one.path);
    if (entry === undefined) return false;
    listed.delete(one.path);
    const what = difference(entry, one);
    if (what !== undefined) wrong.push(`${shown(entry.path)} has another ${what}`);
    return true;
  });
  for (const entry of listed.values()) wrong.push(`${shown(entry.path)} is missing`);
  if (wrong.length === 0) return entries;
  const more = wrong.length > 3 ? `, and ${wrong.length - 3} more` : '';
  throw new BackupError('BACKUP_DAMAGED', `the backup ${backup} is damaged: ${wrong.slice(0, 3).join(', ')}${more}`, {
    hint: 'take another backup; a verify lists all that is wrong with this one',
  });
}

/** The path within a part; undefined for what is not of it. */
function pathIn(prefix: string, path: BytePath): BytePath | undefined {
  if (prefix === '') return path === OWN || path.startsWith(`${OWN}/`) ? undefined : path;
  if (path === prefix) return '';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : undefined;
}

/** The first of what the manifest says of an entry that is not so; undefined where all is. */
export function difference(entry: Entry, found: Found): 'type' | 'size' | 'target' | undefined {
  if (entry.type !== found.type) return 'type';
  if (entry.type === 'symlink' && entry.target !== found.target) return 'target';
  return entry.type === 'file' && entry.size !== found.size ? 'size' : undefined;
}
