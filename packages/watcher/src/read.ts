import { crc32 } from 'node:zlib';
import { parseUpgradeInfo, PlanError, type Plan } from '@chainvisor/plan';
import { messageOf, WatcherError } from './errors.js';
import type { InfoFact, UnreadableReason } from './fact.js';
import { INFO_LIMIT, takeSnapshot, type Snapshot } from './snapshot.js';

/**
 * Reads the upgrade-info file once: at most 32 MiB, and never a mixture of two writes. A file that is missing, cut
 * short, too large, no regular file or not readable is a fact like any other; nothing is thrown for it.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- the promise is the contract, the work is one short read
export async function readInfo(file: string): Promise<InfoFact> {
  return readInfoNow(file);
}

/** The same, without waiting. */
export function readInfoNow(file: string): InfoFact {
  let snapshot: Snapshot;
  try {
    snapshot = takeSnapshot(file);
  } catch (cause) {
    const error = new WatcherError('INFO_IO', `cannot read ${file}: ${messageOf(cause)}`, {
      cause,
      hint: 'check the permissions of the file and of every directory above it, and the file system it is on',
    });
    return { state: 'unreadable', reason: 'io', error, stamp: `error:${errnoOf(cause)}` };
  }
  switch (snapshot.kind) {
    case 'absent':
      return { state: 'absent' };
    case 'file':
      return parsed(file, snapshot.bytes, `${stampOf(snapshot)}:${crc32(snapshot.bytes).toString(16)}`);
    case 'too-large':
      return unreadable(
        'too-large',
        stampOf(snapshot),
        new WatcherError(
          'INFO_TOO_LARGE',
          `${file} has ${snapshot.stats.size.toString()} bytes; at most ${INFO_LIMIT.toString()} are read`,
          { hint: 'no node writes an upgrade-info file of that size: find out what did' },
        ),
      );
    case 'not-a-file':
      // A directory's size and times change with every entry in it, and say nothing here.
      return unreadable(
        'not-a-file',
        snapshot.stats.ino.toString(),
        new WatcherError('INFO_NOT_A_FILE', `${file} is not a regular file`, {
          hint: 'move it away: the node must be able to write its upgrade-info file there',
        }),
      );
    case 'restless':
      return unreadable(
        'io',
        stampOf(snapshot),
        new WatcherError('INFO_RESTLESS', `${file} kept changing while it was read`),
      );
  }
}

function parsed(file: string, bytes: Uint8Array, stamp: string): InfoFact {
  let plan: Plan;
  try {
    plan = parseUpgradeInfo(bytes);
  } catch (cause) {
    const empty = cause instanceof PlanError && cause.code === 'PLAN_EMPTY';
    const error = new WatcherError(empty ? 'INFO_EMPTY' : 'INFO_MALFORMED', `${file}: ${messageOf(cause)}`, {
      cause,
      ...(cause instanceof PlanError && cause.hint !== undefined ? { hint: cause.hint } : {}),
    });
    return unreadable(empty ? 'empty' : 'malformed', stamp, error);
  }
  return { state: 'plan', plan, bytes, stamp };
}

function unreadable(reason: UnreadableReason, stamp: string, error: WatcherError): InfoFact {
  return { state: 'unreadable', reason, error, stamp };
}

// Not the change time: a backup that links or chmods the file does not make it a new one.
function stampOf({ stats }: Exclude<Snapshot, { kind: 'absent' }>): string {
  return `${stats.ino.toString()}:${stats.size.toString()}:${stats.mtimeNs.toString()}`;
}

function errnoOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'UNKNOWN';
}
