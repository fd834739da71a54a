import { RunnerError } from '../errors.js';
import { describeFacts, isStillThere } from '../process-identity.js';
import type { Holder } from './holders.js';
import type { ProcessRecord } from './json-record.js';

export type HeldBy = (holders: readonly Holder[]) => RunnerError;

const STOP_FIRST =
  'stop that one first (for a service: systemctl stop and its name), then start again; never delete the lock file';
const UNSEEN =
  'a process that cannot be seen from here: another user’s, or one in another container, PID namespace or host';

/** The error where another supervisor lives: the live holders are named, or else what is on record. */
export function homeLocked(path: string, holders: readonly Holder[], record: ProcessRecord | undefined): RunnerError {
  const visible = holders.map((holder) =>
    // What it said of itself is better than what the system says, as long as it is the same process.
    holder.pid === record?.pid && holder.startTime === record.startTime ? describeFacts(record) : describeFacts(holder),
  );
  // Who may not be looked into, as another user's, can still be known to be there.
  if (visible.length === 0 && record !== undefined && isStillThere(record)) visible.push(describeFacts(record));
  const who = visible.length > 0 ? visible.join(', ') : `${UNSEEN} (${onRecord(record)})`;
  const message = `another supervisor of this home is running: ${path} is locked by ${who}`;
  return new RunnerError('RUNNER_HOME_LOCKED', message, { hint: STOP_FIRST });
}

/** The error where the program that takes locks could not be run, so that nothing can be told. */
export function lockFailed(path: string, reason: string): RunnerError {
  return new RunnerError('RUNNER_LOCK_DENIED', `cannot find out whether ${path} is free: ${reason}`, {
    hint: 'the machine may be out of memory or processes; start again',
  });
}

/** The error where a live supervisor is known by its record alone. */
export function homeClaimed(directory: string, record: ProcessRecord): RunnerError {
  const message = `another supervisor of this home is running: ${describeFacts(record)}, according to its record in ${directory}`;
  return new RunnerError('RUNNER_HOME_LOCKED', message, { hint: STOP_FIRST });
}

/** The error where what was started before lives, or may, and is not ours to end. */
export function homeHeld(path: string, holders: readonly Holder[], record: ProcessRecord | undefined): RunnerError {
  if (holders.length === 0) {
    return new RunnerError('RUNNER_HOME_HELD', `${path} is locked by ${UNSEEN} (${onRecord(record)})`, {
      hint: 'a node may still be running on this home: find it in the other container or host, or as root (lsof names who holds the file), and stop it; never delete the lock file',
    });
  }
  const names = holders.map(describeFacts).join(', ');
  const [why, hint] = holders.some(({ isOurs }) => isOurs)
    ? [
        'which was started on this home, but runs as another user',
        'stop it as that user or as root, or run this as that user',
      ]
    : [
        'which no supervisor of this home has started',
        'nothing is done to it: find out what it does with this home, and stop it',
      ];
  return new RunnerError('RUNNER_HOME_HELD', `${path} is locked by ${names}, ${why}`, { hint });
}

function onRecord(record: ProcessRecord | undefined): string {
  return record === undefined ? 'nothing is on record' : `last on record: ${describeFacts(record)}`;
}
