import { readFile, rm } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { BackupError, isAbsent, readFailed, writeFailed } from './errors.js';
import { exists, newOf } from './files.js';
import { expectLive } from './keep-state.js';
import { locate } from './locate.js';
import type { Located } from './locate.js';
import { readClaim } from './owner.js';
import { compareStates, parseState } from './state.js';
import type { ValidatorState } from './state.js';
import { forget, goBack, goForward, stageOf, unclear } from './swap.js';
import type { Finish, Pair, SwapRecord } from './swap.js';
import { clearClaims } from './unfinished.js';

/** Which data is in place: `nothing` where no restore was cut short while it exchanged anything. */
export type Recovered = 'nothing' | 'old' | 'new';

export interface RecoverOptions {
  /** As the restore that was cut short had it: called where the new data is in place, with the restore's note. */
  readonly finish?: Finish;
}

export const recordOf = ({ parent, base }: Located): string => join(parent, `.${base}.restore.json`);

/**
 * Ends what a restore of this data directory that was killed has begun: undoes it where the data is untouched yet, else
 * does the rest, `finish` included. Removes what it had copied and nobody needs, where it can. To be called before any start of the node,
 * by whoever holds the home's lock; cheap where there is nothing to do. What `finish` throws passes through.
 *
 * Throws BackupError: `BACKUP_RESTORE_UNCLEAR`, `BACKUP_STATE_UNKNOWN`, `BACKUP_READ_FAILED`, `BACKUP_WRITE_FAILED`,
 * `BACKUP_DATA_INVALID`, `BACKUP_OPTION_INVALID`.
 */
export async function recoverRestore(data: string, options: RecoverOptions = {}): Promise<Recovered> {
  return recoverAt(await locate('the data directory', data), options.finish);
}

/**
 * The paths of what a restore of this data directory has begun and not ended, be it cut short or under way: its record, where it
 * has begun to exchange the data, and copies. Changes nothing. Throws BackupError `BACKUP_DATA_INVALID`, `BACKUP_READ_FAILED`.
 */
export async function unfinishedRestore(data: string): Promise<string[]> {
  const place = await locate('the data directory', data);
  const record = recordOf(place);
  const isBegun = await exists(record).catch((error: unknown) => {
    throw readFailed(`cannot read ${record}`, error);
  });
  const copies = await clearClaims(place.parent, { all: true, dryRun: true }, ['restoring'], place.base);
  return [...(isBegun ? [record] : []), ...copies.map((name) => join(place.parent, name))];
}

export async function recoverAt(place: Located, finish?: Finish): Promise<Recovered> {
  const path = recordOf(place);
  const record = await readRecord(path);
  if (record === undefined) {
    // What another user's restore has left, say, is in the way of no node.
    await rm(newOf(path), { force: true }).catch(() => undefined);
    await clearClaims(place.parent, {}, ['restoring'], place.base).catch(() => undefined);
    return 'nothing';
  }
  for (const pair of record.pairs) {
    if (readClaim(basename(pair.ready))?.isAlive !== true) continue;
    throw new BackupError('BACKUP_RESTORE_UNCLEAR', `a restore to ${pair.target} is still under way`, {
      hint: 'wait for the process that does it, or stop it first',
    });
  }
  let recovered: Recovered;
  try {
    recovered = await settle(path, record);
  } catch (error) {
    throw writeFailed(`cannot end the restore that ${path} tells of`, error);
  }
  if (recovered === 'old') return recovered;
  await finish?.(record.note);
  await forget(path);
  return recovered;
}

/** Brings the data to one of both; the record of one that went forward is still there. */
async function settle(path: string, record: SwapRecord): Promise<Recovered> {
  const [first] = record.pairs as readonly [Pair];
  const stage = await stageOf(first);
  if (stage === 'unclear') throw unclear(path, first);
  if (stage === 'old') {
    await goBack(path, record);
    return 'old';
  }
  if (stage === 'new') await expectUnused(path, record, first);
  try {
    await goForward(path, record);
  } catch (error) {
    // The state in the old data became unreadable: with the old data in its place, that is for the operator to mend.
    if (!(error instanceof BackupError) || error.code !== 'BACKUP_STATE_UNKNOWN') throw error;
    await goBack(path, record);
    return 'old';
  }
  return 'new';
}

/**
 * Throws where a validator has signed with the new data already: somebody has started a node without us, with a binary of his
 * choice, which `finish` would take away from data that is no longer the backup's.
 */
async function expectUnused(path: string, { stateFile: file, state }: SwapRecord, pair: Pair): Promise<void> {
  const atLeast = { ...state, height: BigInt(state.height) };
  const stateIn = async (directory: string): Promise<ValidatorState> =>
    (await expectLive(directory, { file, atLeast }).catch(() => undefined))?.state ?? atLeast;
  const now = await stateIn(pair.target);
  if (compareStates(now, atLeast) <= 0 || (pair.replaces && compareStates(now, await stateIn(pair.aside)) <= 0)) return;
  throw new BackupError(
    'BACKUP_RESTORE_UNCLEAR',
    `a restore was cut short, and a node has run on its data since then`,
    {
      hint: `see that the binary is the one of the data that ${pair.target} has become, then remove ${path}`,
    },
  );
}

async function readRecord(path: string): Promise<SwapRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw readFailed(`cannot read ${path}`, error);
  }
  try {
    const record = JSON.parse(text) as SwapRecord;
    const isKnown =
      (record.version as number) === 1 &&
      record.pairs.length > 0 &&
      record.pairs.every(({ target, ready, aside }) => [target, ready, aside].every(isAbsolute)) &&
      parseState(JSON.stringify(record.state)) !== undefined;
    if (isKnown) return record;
  } catch {
    // As one that is not known.
  }
  throw new BackupError('BACKUP_RESTORE_UNCLEAR', `${path} tells of a restore, and cannot be understood`, {
    hint: 'see which data directory is the right one, keep the newest priv_validator_state.json, then remove that file',
  });
}
