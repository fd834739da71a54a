import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BytePath } from './bytes.js';
import { fromJson, toJson } from './bytes.js';
import type { How, Kept } from './copy-tree.js';
import { BackupError, errno, isAbsent, readFailed, reasonOf } from './errors.js';
import type { Skipped } from './scan.js';
import type { Strategy } from './strategy.js';

/** The one name in a backup that is ours. */
export const OWN = '.chainvisor-backup';
/** Below it: the manifest, and what is kept of outside the data directory, each under its name. */
export const MANIFEST = `${OWN}/manifest.jsonl`;
export const OUTSIDE = `${OWN}/outside`;

const VERSION = 1;

/** What a backup says about itself. */
export interface Header {
  /** Its name, without the number that may have been added. */
  readonly name: string;
  /** ISO 8601 in UTC. */
  readonly madeAt: string;
  readonly strategy: Strategy;
  readonly reason: string;
  /** Whether the node was stopped. */
  readonly stopped: boolean;
  /** What it was made of. */
  readonly data: string;
  readonly outside: readonly { readonly name: string; readonly path: string }[];
  /** As the caller gave it: plan, height, binary. */
  readonly about: unknown;
  readonly entries: number;
  /** The sizes of all files together. */
  readonly bytes: number;
  readonly skipped: readonly Skipped[];
}

/** A file, directory or symlink of a backup, its path below the backup's root. */
export interface Entry {
  readonly path: BytePath;
  readonly type: Kept['type'];
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly how: How;
  readonly target?: BytePath;
  /** Hexadecimal; only after it was verified once. */
  readonly sha256?: string;
}

export interface Manifest {
  readonly header: Header;
  readonly entries: readonly Entry[];
}

/** One JSON object a line: the header, the entries, and an end that counts them. */
export function* manifestLines({ header, entries }: Manifest): Generator<string> {
  yield `${JSON.stringify({ chainvisorBackup: VERSION, ...header })}\n`;
  for (const { path, type, size, mode, mtimeMs, how, target, sha256 } of entries) {
    const octal = mode.toString(8).padStart(4, '0');
    const leads = target === undefined ? {} : { target: toJson(target) };
    yield `${JSON.stringify({ path: toJson(path), type, size, mode: octal, mtimeMs, how, ...leads, sha256 })}\n`;
  }
  yield `${JSON.stringify({ end: entries.length })}\n`;
}

/** Throws BackupError: `BACKUP_MANIFEST_INVALID`, `BACKUP_READ_FAILED`. */
export async function readManifest(backup: string): Promise<Manifest> {
  return reading(backup, async () => {
    let header: Header | undefined;
    const entries: Entry[] = [];
    let end: unknown;
    for await (const line of linesOf(backup)) {
      if (header === undefined) header = headerOf(line);
      else if ('end' in line) end = line['end'];
      else entries.push(entryOf(line));
    }
    if (header === undefined || end !== entries.length) throw new Error('it is cut short');
    return { header, entries };
  });
}

/** The first line alone. Throws BackupError: `BACKUP_MANIFEST_INVALID`, `BACKUP_READ_FAILED`. */
export async function readHeader(backup: string): Promise<Header> {
  return reading(backup, async () => {
    for await (const line of linesOf(backup)) return headerOf(line);
    throw new Error('it is empty');
  });
}

async function reading<T>(backup: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (errno(error) !== undefined && !isAbsent(error))
      throw readFailed(`cannot read ${join(backup, MANIFEST)}`, error);
    throw invalid(backup, reasonOf(error), error);
  }
}

type Line = Readonly<Record<string, unknown>>;

async function* linesOf(backup: string): AsyncGenerator<Line> {
  const file = await open(join(backup, MANIFEST), 'r');
  try {
    for await (const line of file.readLines({ autoClose: false })) {
      const value = JSON.parse(line) as unknown;
      if (typeof value !== 'object' || value === null) throw new Error('a line is no object');
      yield value as Line;
    }
  } finally {
    await file.close();
  }
}

function invalid(backup: string, why: string, cause: unknown): BackupError {
  return new BackupError('BACKUP_MANIFEST_INVALID', `cannot use ${join(backup, MANIFEST)}: ${why}`, {
    cause,
    hint: 'it is no backup of ours, or its manifest was changed: take another one',
  });
}

function headerOf(line: Line): Header {
  const { chainvisorBackup, ...rest } = line;
  if (chainvisorBackup !== VERSION) throw new Error(`version ${JSON.stringify(chainvisorBackup)} is not known`);
  const { name, madeAt, strategy, reason, data, stopped, outside, skipped, entries, bytes } = rest;
  const isHeader =
    [name, madeAt, strategy, reason, data].every((value) => typeof value === 'string') &&
    !Number.isNaN(Date.parse(madeAt as string)) &&
    typeof stopped === 'boolean' &&
    [outside, skipped].every(Array.isArray) &&
    [entries, bytes].every(Number.isSafeInteger);
  if (!isHeader) throw new Error('its first line is not understood');
  return rest as unknown as Header;
}

const TYPES: readonly unknown[] = ['file', 'directory', 'symlink'];
const HOWS: readonly unknown[] = ['linked', 'cloned', 'copied'];

function entryOf(line: Line): Entry {
  const { type, size, mode, mtimeMs, how, sha256 } = line;
  const path = fromJson(line['path']);
  const target = fromJson(line['target']);
  const isEntry =
    path !== undefined &&
    TYPES.includes(type) &&
    HOWS.includes(how) &&
    Number.isSafeInteger(size) &&
    typeof mtimeMs === 'number' &&
    typeof mode === 'string' &&
    /^[0-7]{1,4}$/.test(mode) &&
    (type === 'symlink') === (target !== undefined) &&
    (sha256 === undefined || typeof sha256 === 'string');
  if (!isEntry) throw new Error(`a line is not understood: ${JSON.stringify(line).slice(0, 200)}`);
  return {
    ...({ path, type, size, mtimeMs, how } as Entry),
    mode: Number.parseInt(mode, 8),
    ...(target === undefined ? {} : { target }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}
