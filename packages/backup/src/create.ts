import { join } from 'node:path';
import { throwIfAborted } from './errors.js';
import { make } from './make.js';
import type { Work } from './make.js';
import {
  DEFAULT_CONCURRENCY,
  expectApart,
  expectConcurrency,
  expectJson,
  expectName,
  realDirectory,
} from './options.js';
import { claimName, release } from './owner.js';
import { createMeter } from './progress.js';
import type { ProgressOptions } from './progress.js';
import { publish } from './publish.js';
import { removeTree } from './remove.js';
import type { Skipped } from './scan.js';
import { refuseRunning } from './strategy.js';
import type { Choice, Strategy } from './strategy.js';
import type { Amount } from './summary.js';
import { clearUnfinished } from './unfinished.js';

/** A directory outside the data directory that belongs to it, such as `<home>/wasm`. */
export interface Outside {
  readonly name: string;
  readonly path: string;
}

export interface CreateOptions extends ProgressOptions {
  /** The data directory; a link to it is followed. */
  readonly data: string;
  /** The existing directory in which the backup is made. */
  readonly parent: string;
  /** The backup's name there; `-2`, `-3`, … is added where something has it. */
  readonly name: string;
  readonly strategy: Strategy | 'auto';
  /** Whether nothing writes to the data: then what changes meanwhile is an error. */
  readonly stopped: boolean;
  readonly outside?: readonly Outside[];
  /** Kept in the manifest as it is, as JSON: the plan's name, the height, where `current` leads. */
  readonly about?: unknown;
  /** How many files at once; 4 by default. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

export interface Backup extends Choice {
  readonly path: string;
  readonly name: string;
  /** Regular files by what was done, with their sizes. */
  readonly linked: Amount;
  readonly cloned: Amount;
  readonly copied: Amount;
  /** What is not in it: sockets, FIFOs, devices, and of a running node what vanished meanwhile. */
  readonly skipped: readonly Skipped[];
  /** Symlinks that lead out of the data directory: they are kept, what they lead to is not. */
  readonly leadOut: readonly string[];
}

/**
 * Makes a backup: a directory whose root holds what `data` holds, and one of ours with the manifest and what is outside.
 * It is built under a hidden name, is on disk before it gets its own, and resolves when that is, too. Whatever goes wrong,
 * nothing of it is left; a process that is killed leaves the hidden one, which the next call removes if it can.
 *
 * Throws BackupError: `BACKUP_OPTION_INVALID`, `BACKUP_DATA_INVALID`, `BACKUP_NODE_RUNNING`, `BACKUP_SOURCE_CHANGED`,
 * `BACKUP_READ_FAILED`, `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_ABORTED`.
 */
export async function createBackup(options: CreateOptions): Promise<Backup> {
  const { strategy, stopped, signal, concurrency = DEFAULT_CONCURRENCY } = options;
  expectName('the backup', options.name);
  expectConcurrency(concurrency);
  expectJson(options.about);
  refuseRunning(strategy, stopped);
  for (const { name } of options.outside ?? []) expectName('the outside directory', name);
  const parent = await realDirectory('the backup directory', options.parent);
  const data = await realDirectory('the data directory', options.data);
  expectApart(parent, data);
  const outside: Outside[] = [];
  for (const { name, path } of options.outside ?? []) {
    const real = await realDirectory('the outside directory', path);
    expectApart(parent, real);
    outside.push({ name, path: real });
  }
  throwIfAborted(signal);
  // One that cannot be removed is in nobody's way: whether there is room for another is looked at next.
  await clearUnfinished(parent).catch(() => undefined);

  const meter = createMeter(options);
  const hidden = claimName(options.name, 'unfinished');
  const work: Work = { ...options, data, outside, temporary: join(parent, hidden), meter, concurrency };
  try {
    const made = await make(work);
    const name = await publish(parent, hidden, options.name);
    return { ...made, name, path: join(parent, name) };
  } catch (error) {
    // What cannot be removed now, the next call removes: the error that led here is the one to tell.
    await removeTree(work.temporary).catch(() => undefined);
    throw error;
  } finally {
    release(hidden);
  }
}
