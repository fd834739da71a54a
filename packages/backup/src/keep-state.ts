import { lstat, readFile, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError, isAbsent, reasonOf, writeFailed } from './errors.js';
import { fsyncPath, newOf, replaceFile } from './files.js';
import { compareStates, formatState, parseState } from './state.js';
import type { ValidatorState } from './state.js';

export interface KeepState {
  /** The validator's state file below the data directory; `priv_validator_state.json` by default. */
  readonly file?: string;
  /**
   * The restored data is not to be below this one either: what the caller has recorded. Without a live state file it is
   * required, for then nothing else says what was signed last.
   */
  readonly atLeast?: ValidatorState;
}

export interface KeptState {
  readonly from: 'live' | 'backup' | 'atLeast';
  readonly state: ValidatorState;
}

export const STATE_FILE = 'priv_validator_state.json';

interface StateFile {
  readonly state: ValidatorState;
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Where the file is a link, which leads out of the data. */
  readonly link: string | undefined;
}

/**
 * Makes the state in `ready` the latest of its own, that in the live data and the floor, and resolves to it. May be done
 * again at any time; a state never becomes lower by it.
 *
 * Throws BackupError: `BACKUP_STATE_UNKNOWN`, `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`.
 */
export async function placeState(ready: string, live: string | undefined, keep: KeepState): Promise<KeptState> {
  const file = keep.file ?? STATE_FILE;
  const current = await expectLive(live, keep);
  const target = join(ready, file);
  // One in the backup that cannot be read says nothing; the live one speaks for itself.
  const saved = await readState(ready, file).catch(() => undefined);
  const floor = keep.atLeast;
  try {
    await rm(newOf(target), { force: true });
    const isFloorLast = [current, saved].every((one) => one === undefined || isBelow(one.state, floor));
    if (floor !== undefined && isFloorLast) {
      await put(target, Buffer.from(formatState(floor)), current ?? saved);
      return { from: 'atLeast', state: floor };
    }
    if (current !== undefined && (saved === undefined || !isBelow(current.state, saved.state))) {
      if (!isSame(current, saved)) {
        if (current.link === undefined) await put(target, current.bytes, current);
        else await putLink(target, current.link);
      }
      return { from: 'live', state: current.state };
    }
    if (saved === undefined) throw unknown(`there is no ${file}`);
    // A link may lead back into the data that is about to be exchanged.
    if (saved.link !== undefined) await put(target, saved.bytes, saved);
    return { from: 'backup', state: saved.state };
  } catch (error) {
    throw writeFailed(`cannot write ${target}`, error);
  }
}

/** What is right already is not written again: the time of its directory is the backup's. */
const isSame = (a: StateFile, b: StateFile | undefined): boolean =>
  b !== undefined &&
  a.link === b.link &&
  a.mode === b.mode &&
  a.uid === b.uid &&
  Buffer.compare(a.bytes, b.bytes) === 0;

const isBelow = (a: ValidatorState, b: ValidatorState | undefined): boolean =>
  b !== undefined && compareStates(a, b) < 0;

/**
 * The live state, or undefined where there is none and a floor is given. Throws BackupError `BACKUP_STATE_UNKNOWN`.
 */
export async function expectLive(live: string | undefined, keep: KeepState): Promise<StateFile | undefined> {
  const file = keep.file ?? STATE_FILE;
  let found: StateFile | undefined;
  try {
    found = live === undefined ? undefined : await readState(live, file);
  } catch (error) {
    throw unknown(`${join(live ?? '', file)} cannot be read: ${reasonOf(error)}`, error);
  }
  if (found === undefined && keep.atLeast === undefined) {
    throw unknown(live === undefined ? 'there is no data directory' : `there is no ${join(live, file)}`);
  }
  return found;
}

const unknown = (why: string, cause?: unknown): BackupError =>
  new BackupError('BACKUP_STATE_UNKNOWN', `nothing says what the validator has signed last: ${why}`, {
    cause,
    hint:
      'an older state would let it sign twice: put the file right, or write one with a height that it certainly has not ' +
      'signed yet; {"height":"0","round":0,"step":0} is right only for a node that never signs',
  });

/** Undefined where there is no such file; rejects where it cannot be understood. */
async function readState(directory: string, file: string): Promise<StateFile | undefined> {
  const path = join(directory, file);
  let found;
  try {
    found = await lstat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  const real = await realpath(path);
  // It would lead into other data as soon as that is exchanged.
  if (found.isSymbolicLink() && real.startsWith(`${directory}/`)) throw new Error('it is a link into the data itself');
  const stats = await lstat(real);
  if (!stats.isFile()) throw new Error('it is no regular file');
  const bytes = await readFile(real);
  const state = parseState(bytes.toString('utf8'));
  if (state === undefined) throw new Error('it has no height, round and step');
  const link = found.isSymbolicLink() ? await readlink(path) : undefined;
  return { state, bytes, mode: stats.mode & 0o777, uid: stats.uid, gid: stats.gid, link };
}

async function put(path: string, bytes: Uint8Array, like: StateFile | undefined): Promise<void> {
  await replaceFile(path, bytes, like?.mode ?? 0o600, like);
}

async function putLink(path: string, link: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(link, path);
  await fsyncPath(dirname(path));
}
