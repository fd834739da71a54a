import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError, errno, reasonOf, writeFailed } from './errors.js';
import { exists, fsyncPath, replaceFile } from './files.js';
import { placeState } from './keep-state.js';
import type { KeptState } from './keep-state.js';
import { removeTree } from './remove.js';

/** A directory that is exchanged for another one beside it. */
export interface Pair {
  readonly target: string;
  /** The finished new one. */
  readonly ready: string;
  /** What the old one is called afterwards. */
  readonly aside: string;
  /** Whether there is an old one. */
  readonly replaces: boolean;
}

/** What is on disk while directories are exchanged, so that whoever comes after a kill can go on. */
export interface SwapRecord {
  readonly version: 1;
  /** The data directory first: once it has begun to change, all are changed. */
  readonly pairs: readonly Pair[];
  readonly stateFile: string;
  /** What the validator's state in the new data was when the record was written; its height as text. */
  readonly state: { readonly height: string; readonly round: number; readonly step: number };
  /** For `finish`. */
  readonly note?: unknown;
}

/** What belongs to a restore besides the data: done with the new data in place, and again after a kill, so it must bear that. */
export type Finish = (note: unknown) => Promise<void>;

/** Of a pair: not begun, the old one moved away, done; or none of these. */
type Stage = 'old' | 'between' | 'new' | 'unclear';

export async function stageOf({ target, ready, aside, replaces }: Pair): Promise<Stage> {
  const [hasTarget, hasReady, hasAside] = await Promise.all([target, ready, aside].map(exists));
  if (hasReady === true) {
    if (hasTarget === true) return replaces && hasAside === false ? 'old' : 'unclear';
    if (replaces) return hasAside === true ? 'between' : 'unclear';
    return 'old';
  }
  return hasTarget === true && (hasAside === true || !replaces) ? 'new' : 'unclear';
}

/**
 * Exchanges all pairs. The state is settled between the two renames, when no path leads to the old data any more.
 * Throws BackupError; everything is as before then, but where even that is refused, which the hint says. What `finish` throws
 * passes through: then the new data is in place, and recoverRestore is to finish it.
 */
export async function swapAll(path: string, record: SwapRecord, finish?: Finish): Promise<KeptState | undefined> {
  let kept: KeptState | undefined;
  try {
    await replaceFile(path, JSON.stringify(record), 0o644);
    kept = await goForward(path, record);
  } catch (error) {
    const failure = swapFailed(error);
    try {
      await goBack(path, record);
    } catch (second) {
      throw new BackupError(failure.code, `${failure.message}; undoing it failed: ${reasonOf(second)}`, {
        cause: error,
        hint: 'mend the cause and restore again, or call recoverRestore: it ends what was begun',
      });
    }
    throw failure;
  }
  await finish?.(record.note);
  await forget(path);
  return kept;
}

function swapFailed(error: unknown): BackupError {
  if (errno(error) !== 'EBUSY' && errno(error) !== 'EXDEV') return writeFailed('cannot exchange the data', error);
  return swapRefused(reasonOf(error), error);
}

export const swapRefused = (why: string, cause?: unknown): BackupError =>
  new BackupError('BACKUP_SWAP_REFUSED', `the data directory cannot be renamed: ${why}`, {
    cause,
    hint: 'make it a directory below the mount point, and a link to that, or copy the backup there by hand',
  });

/** Does what is left of it. Resolves to the state where it had to be settled. */
export async function goForward(path: string, record: SwapRecord): Promise<KeptState | undefined> {
  const { height, round, step } = record.state;
  const keep = { file: record.stateFile, atLeast: { height: BigInt(height), round, step } };
  let kept: KeptState | undefined;
  for (const [index, pair] of record.pairs.entries()) {
    const stage = await stageOf(pair);
    if (stage === 'unclear') throw unclear(path, pair);
    if (stage === 'old' && pair.replaces) await move(pair.target, pair.aside);
    if (stage === 'new') continue;
    if (index === 0) kept = await placeState(pair.ready, pair.replaces ? pair.aside : undefined, keep);
    await move(pair.ready, pair.target);
  }
  return kept;
}

/** Undoes it, from the last pair to the first, and removes what is not needed then. */
export async function goBack(path: string, record: SwapRecord): Promise<void> {
  for (const pair of record.pairs.toReversed()) {
    const stage = await stageOf(pair);
    if (stage === 'new') await move(pair.target, pair.ready);
    if ((stage === 'new' || stage === 'between') && pair.replaces) await move(pair.aside, pair.target);
  }
  await forget(path);
  for (const { ready } of record.pairs) await removeTree(ready);
}

/** Removes the record: what it told of is over. Throws BackupError `BACKUP_WRITE_FAILED`. */
export async function forget(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await fsyncPath(dirname(path));
  } catch (error) {
    throw writeFailed(`cannot remove ${path}`, error);
  }
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to);
  await fsyncPath(dirname(to));
}

/** `path` is the record's: as long as it is there, nothing else is done. */
export const unclear = (path: string, { target, ready, aside }: Pair): BackupError =>
  new BackupError('BACKUP_RESTORE_UNCLEAR', `a restore was cut short, and what it left was changed since then`, {
    hint:
      `${aside} was the data from before, ${ready} what was restored: see that the one that the node shall have is ` +
      `${target}, keep the newest priv_validator_state.json of all, and move the rest away; see that its binary is the ` +
      `one of that data; then remove ${path}`,
  });
