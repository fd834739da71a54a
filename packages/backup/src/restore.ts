import { basename, isAbsolute, normalize } from 'node:path';
import { build, claimPairs } from './build.js';
import type { Outside } from './create.js';
import { BackupError, throwIfAborted } from './errors.js';
import { exists } from './files.js';
import { STATE_FILE, expectLive, placeState } from './keep-state.js';
import type { KeepState, KeptState } from './keep-state.js';
import { locate } from './locate.js';
import { DEFAULT_CONCURRENCY, expectApart, expectConcurrency, expectName, realDirectory } from './options.js';
import { release } from './owner.js';
import { createMeter } from './progress.js';
import type { ProgressOptions } from './progress.js';
import { readBackup } from './read-backup.js';
import type { AskedOutside } from './read-backup.js';
import { recordOf, recoverAt } from './recover.js';
import type { Recovered } from './recover.js';
import { removeTree } from './remove.js';
import { compareStates } from './state.js';
import type { Choice, Strategy } from './strategy.js';
import { amounts } from './summary.js';
import type { Amount } from './summary.js';
import { swapAll } from './swap.js';
import type { Finish } from './swap.js';

export interface RestoreOptions extends ProgressOptions {
  /** The directory of the backup; one of cosmovisor's own, without a manifest, is taken as it is. */
  readonly backup: string;
  /** The data directory. Where it is a link, what it leads to is exchanged and the link stays. May be missing. */
  readonly data: string;
  /** The name beside it that the old data gets, and keeps; an outside directory's old one has `-<its name>` added. */
  readonly aside: string;
  readonly strategy: Strategy | 'auto';
  /**
   * Where directories outside the data go, of those that the backup has. Others are left as they are. `from`: where it is,
   * for what an earlier restore has put aside, which has no manifest to tell.
   */
  readonly outside?: readonly (Outside & Pick<AskedOutside, 'from'>)[];
  readonly keepState?: KeepState;
  /** What the record of the exchange keeps for `finish`, as JSON. */
  readonly note?: unknown;
  /** What belongs to the restore besides: called with the note once the new data is in place, again after a kill. */
  readonly finish?: Finish;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

export interface Restored extends Choice {
  /** The directory that was exchanged, links followed. */
  readonly data: string;
  /** Where the old data is; undefined where there was none. */
  readonly aside: string | undefined;
  readonly linked: Amount;
  readonly cloned: Amount;
  readonly copied: Amount;
  /** The state that the validator goes on with, and where it was found. */
  readonly state: KeptState;
  /** The names that were restored, and those that the backup has besides. */
  readonly outside: readonly string[];
  readonly outsideLeft: readonly string[];
  /** What an earlier restore, cut short, was brought to before. */
  readonly recovered: Recovered;
}

/**
 * Restores a backup, of a node that does not run: into new directories beside the data, which then change places with it by
 * renaming. Nothing is merged, and the old data is kept. The validator's state becomes the latest of the live one, the
 * backup's and `keepState.atLeast`, whatever else was asked for. Once the exchange has begun the signal no longer counts.
 * A restore that was cut short is ended first. What `finish` throws passes through: the new data is in place then, and
 * `recoverRestore` is to be called once its cause is mended.
 *
 * Throws BackupError: `BACKUP_OPTION_INVALID`, `BACKUP_DATA_INVALID`, `BACKUP_MANIFEST_INVALID`, `BACKUP_DAMAGED`,
 * `BACKUP_STATE_UNKNOWN`, `BACKUP_ASIDE_EXISTS`, `BACKUP_SWAP_REFUSED`, `BACKUP_RESTORE_UNCLEAR`, `BACKUP_READ_FAILED`,
 * `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_SOURCE_CHANGED`, `BACKUP_ABORTED`; the old data is in its place then.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { signal, concurrency = DEFAULT_CONCURRENCY, keepState = {}, outside = [] } = options;
  expectName('the old data', options.aside);
  for (const { name } of outside) expectName('the outside directory', name);
  expectConcurrency(concurrency);
  expectStateFile(keepState.file);
  const backup = await realDirectory('the backup', options.backup);
  const before = await locate('the data directory', options.data);
  expectApart(before.parent, backup);
  expectApart(backup, before.path);
  throwIfAborted(signal);
  const recovered = await recoverAt(before, options.finish);

  const place = await locate('the data directory', options.data);
  const live = place.isThere ? place.path : undefined;
  await expectLive(live, keepState);
  const pairs = await claimPairs(place, options.aside, outside);
  try {
    const meter = createMeter(options);
    const copying = { concurrency, signal, meter };
    const stored = await readBackup(backup, outside, copying);
    const built = await build([stored.data, ...stored.outside], pairs, options.strategy, copying);
    const placed = await placeState(pairs[0].ready, live, keepState);
    await built.seal();
    throwIfAborted(signal);

    const state = { ...placed.state, height: String(placed.state.height) };
    const stateFile = keepState.file ?? STATE_FILE;
    const record = { version: 1, pairs, stateFile, state, note: options.note } as const;
    const settled = await swapAll(recordOf(place), record, options.finish);
    const isLater = settled !== undefined && compareStates(settled.state, placed.state) > 0;
    return {
      ...built.choice,
      ...amounts(built.kept),
      data: place.path,
      aside: place.isThere ? pairs[0].aside : undefined,
      state: isLater ? settled : placed,
      outside: outside.map(({ name }) => name),
      outsideLeft: stored.left,
      recovered,
    };
  } catch (error) {
    // What a swap needs that could neither be done nor undone is recoverRestore's.
    const isOpen = await exists(recordOf(place)).catch(() => true);
    if (!isOpen) for (const { ready } of pairs) await removeTree(ready).catch(() => undefined);
    throw error;
  } finally {
    for (const { ready } of pairs) release(basename(ready));
  }
}

function expectStateFile(file: string | undefined): void {
  if (file === undefined || (file !== '' && !isAbsolute(file) && normalize(file) === file && !file.startsWith('..')))
    return;
  throw new BackupError('BACKUP_OPTION_INVALID', `the state file ${JSON.stringify(file)} is no path below the data`);
}
