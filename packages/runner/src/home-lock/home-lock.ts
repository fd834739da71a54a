import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';

import { RunnerError } from '../errors.js';
import { asCommand, identityOf, toSeconds } from '../process-identity.js';
import { tell } from '../tell.js';
import { childrenLock, type ChildrenLock } from './children-lock.js';
import { makeClaim, readClaim } from './claim.js';
import { clearAway, throwIfAborted, type ClearOptions } from './clear-away.js';
import { holdersOf } from './holders.js';
import { closeTargets } from './lock-target.js';
import { homeClaimed, homeLocked } from './messages.js';
import { openStartedRecord, type StartedRecord } from './started-record.js';
import { takeSupervisorLock, warnOfMissingLocks, type SupervisorLock } from './supervisor-lock.js';

export interface HomeLockOptions {
  /** Where the lock files and records live: `.chainvisor` of the home. Made where it is missing. */
  readonly dir: string;
  /**
   * Directories that are there, locked as well: a full or read-only disk has no room for new files, and a lock that was
   * deleted by hand still excludes then. One for the supervisor, another for what it starts.
   */
  readonly directories: { readonly supervisor: string; readonly children: string };
  /** Our command line, put on record to be named to another supervisor. */
  readonly command: string;
  /** The environment in which the program `flock` is looked up and run. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told, one line each, what is not as safe as it could be. */
  readonly onWarning: (message: string) => void;
}

/** The right to be the one supervisor of a home. */
export interface HomeLock {
  /**
   * What every process we start on this home must inherit as a descriptor of its own (`ChildOptions.inherit`); undefined where
   * the system has no such locks. Changes with `clear`, so it is to be read anew for each start.
   *
   * @throws RunnerError RUNNER_HOME_HELD while `clear` has not yet succeeded.
   */
  readonly descriptor: number | undefined;
  /** Whether it is certain that nobody lives whom we, or a supervisor before us, have started. */
  readonly isClear: boolean;
  /** Puts on record that a process was started, for the case that we do not live to end it. */
  started(pid: number, command: string): void;
  /**
   * Makes sure that nobody whom we, or a supervisor before us, have started still lives: they are asked to end, then killed.
   * Without anything started since the last time it is done at once. Calls wait for each other.
   *
   * @throws RunnerError RUNNER_HOME_HELD when somebody holds the lock who is not ours to end or cannot be seen,
   *   RUNNER_WILL_NOT_DIE when somebody outlives SIGKILL, RUNNER_ABORTED; all may be tried again.
   */
  clear(options: ClearOptions): Promise<void>;
  /** Gives the home back; what still lives keeps its own part of the lock. May be called again. */
  release(): void;
}

type Warn = (message: string) => void;
type Taken = Exclude<SupervisorLock, { readonly kind: 'held' | 'failed' }>;

/** Somebody who was killed a moment ago may still be on the way out. */
const PATIENCE = 300;
const LOOK_AGAIN = 20;

/**
 * Takes a home: resolves for one process at a time, whoever else tries, in whichever container or PID namespace. The locks
 * are the kernel's and free themselves. Where they are missing, or do not exclude, a record of the process stands in for them, with a
 * warning.
 *
 * @throws RunnerError RUNNER_HOME_LOCKED when another supervisor lives, RUNNER_LOCK_DENIED when a lock file is there and may not
 *   be opened.
 */
export async function takeHomeLock(options: HomeLockOptions): Promise<HomeLock> {
  const { dir, env } = options;
  const warn = warnOnce(options.onWarning);
  const own = await supervisorLock(options, warn);
  let withdraw: (() => void) | undefined;
  let isGiven = false;
  const giveBack = () => {
    // Closed twice, a descriptor would be somebody else's by then.
    if (isGiven) return;
    isGiven = true;
    withdraw?.();
    if (own.kind === 'locked') closeTargets(own.targets);
  };
  try {
    withdraw = claimHome(options, own, warn);
    const started = openStartedRecord(dir);
    const places = { file: join(dir, 'lock'), directory: options.directories.children, env, warn };
    const children = childrenLock({ ...places, started, hasLocks: own.kind === 'locked' });
    return homeLock(children, { started, warn, giveBack });
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** @throws RunnerError RUNNER_HOME_LOCKED, RUNNER_LOCK_DENIED. */
async function supervisorLock(options: HomeLockOptions, warn: Warn): Promise<Taken> {
  const file = join(options.dir, 'supervisor.lock');
  const giveUp = performance.now() + PATIENCE;
  for (;;) {
    const lock = takeSupervisorLock({ file, directory: options.directories.supervisor, env: options.env, warn });
    if (lock.kind !== 'held' && lock.kind !== 'failed') return lock;
    if (performance.now() >= giveUp) {
      if (lock.kind === 'failed') {
        warnOfMissingLocks({ file, warn }, lock.reason);
        return { kind: 'unlocked' };
      }
      throw homeLocked(lock.path, holdersOf(new Set([lock.id])), readClaim(options.dir));
    }
    await pause(LOOK_AGAIN);
  }
}

/** @throws RunnerError RUNNER_HOME_LOCKED when a live supervisor is on record: one without locks, or whose lock file was deleted. */
function claimHome({ dir, command }: HomeLockOptions, own: Taken, warn: Warn): () => void {
  const identity = identityOf(process.pid);
  const since = toSeconds(new Date());
  const claim =
    identity === undefined
      ? ({ kind: 'failed', reason: '/proc does not tell about this process' } as const)
      : makeClaim(dir, { ...identity, since, command: asCommand(command) });
  if (claim.kind === 'made') return claim.withdraw;
  if (claim.kind === 'refused') throw homeClaimed(dir, claim.by);
  warn(
    own.kind === 'locked'
      ? `cannot put this supervisor on record in ${dir}: ${claim.reason}; another one will not be able to name it`
      : `nothing keeps a second supervisor away from this home: no locks, and no record in ${dir} (${claim.reason})`,
  );
  return () => undefined;
}

function homeLock(
  children: ChildrenLock,
  { started, warn, giveBack }: { started: StartedRecord; warn: Warn; giveBack: () => void },
): HomeLock {
  let isClear = children.isClear();
  let isUsed = false;
  let last = Promise.resolve();

  const clear = async (options: ClearOptions) => {
    throwIfAborted(options.signal);
    if (isClear && !isUsed) return;
    isClear = false;
    await clearAway(children, options);
    isClear = true;
    isUsed = false;
  };

  return {
    get descriptor() {
      if (!isClear) {
        throw new RunnerError('RUNNER_HOME_HELD', 'what was started on this home before may still live', {
          hint: 'nothing may be started before it is certain that nobody of before lives: clear the home first',
        });
      }
      // Whoever asks is about to start something.
      isUsed = true;
      return children.descriptor;
    },
    get isClear() {
      return isClear && !isUsed;
    },
    started(pid, command) {
      isUsed = true;
      const failure = started.add(pid, asCommand(command));
      if (failure !== undefined) warn(`what is started on this home cannot be put on record: ${failure}`);
    },
    clear(options) {
      const mine = last.then(() => clear(options));
      last = mine.catch(() => undefined);
      return mine;
    },
    release() {
      isClear = false;
      children.close();
      giveBack();
    },
  };
}

/** A try that is repeated has the same to say. */
function warnOnce(onWarning: Warn): Warn {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    tell(() => onWarning(message));
  };
}
