import { deferred } from './deferred.js';
import type { Ending, EndReason } from './ending.js';
import { RunnerError } from './errors.js';
import { LONGEST_TIMER, timeSpan, type GroupOptions } from './options.js';
import { describeProcess, isLive, readProcessStat } from './process-stat.js';
import { endRemnants } from './remnants.js';
import { liveMembers, send } from './session.js';
import type { Spawned } from './spawn.js';
import { tell } from './tell.js';
import { DEATH_TIMEOUT, willNotDie } from './will-not-die.js';

/** How long a polite end may take, and what happens then. */
export interface StopOptions {
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  /** Called once, right after the first SIGKILL. */
  readonly onOverdue?: () => void;
  /** Milliseconds that a process may take to die of SIGKILL. Default: the `deathTimeout` the child was started with. */
  readonly deathTimeout?: number;
}

/** A live child that leads a session, and a process group, of its own. */
export interface RunningChild {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Resolves once the child is dead and collected and nobody of its session lives; never rejects. */
  readonly ended: Promise<Ending>;
  /** The same as a synchronous view: undefined until `ended` is resolved. */
  readonly ending: Ending | undefined;
  /** Sends an operator's signal to the child itself. One call, one signal; false when it could not get it: it is dead, or runs as another user. */
  relay(signal: NodeJS.Signals): boolean;
  /**
   * SIGTERM, the grace, SIGKILL, death: resolves as `ended` does. Concurrent calls share one stop, in which a later call with
   * less grace hurries it; its `onOverdue` and `deathTimeout` are those of the first call. After the child's death, what is left of its session is asked to leave
   * and gets at least the lesser of the grace and `remnantGrace`.
   *
   * @throws RunnerError RUNNER_WILL_NOT_DIE when somebody outlives SIGKILL by `deathTimeout`, RUNNER_SIGNAL_REFUSED when
   *   the child runs as another user; both may be tried again.
   */
  stop(options: StopOptions): Promise<Ending>;
}

/** Why we end a child ourselves. */
type Cause = Extract<EndReason, 'stopped' | 'timeout' | 'aborted'>;

export interface SessionChild extends RunningChild {
  /** As `stop`, with the reason to record. */
  end(cause: Cause, options: StopOptions): Promise<Ending>;
}

/** One request to end, shared by all who make it. */
interface Stop {
  readonly promise: Promise<Ending>;
  readonly fail: (error: Error) => void;
  readonly deathTimeout: number;
  onOverdue: (() => void) | undefined;
  grace: number;
  /** When SIGKILL is due, on performance.now()'s clock. */
  deadline: number;
}

const LOOK_AGAIN = 100;
const REMNANT_GRACE = 5_000;
const ASKS_FOR_AN_END: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGQUIT']);

/** Takes charge of a child that was just spawned as the leader of its own session. */
export function overseeSession(spawned: Spawned, options: GroupOptions = {}): SessionChild {
  const { pid } = spawned;
  const remnantGrace = timeSpan('remnantGrace', options.remnantGrace ?? REMNANT_GRACE);
  const ownDeathTimeout = timeSpan('deathTimeout', options.deathTimeout ?? DEATH_TIMEOUT);
  const { promise: ended, resolve: resolveEnded } = deferred<Ending>();
  let ending: Ending | undefined;
  let cause: EndReason | undefined;
  let signalSent: NodeJS.Signals | undefined;
  let killedAt: number | undefined;
  let diedAt: number | undefined;
  let stop: Stop | undefined;
  /** Whether somebody was told of remnants that do not die. */
  let told = false;
  let timer: NodeJS.Timeout | undefined;

  spawned.process.once('exit', (code, signal) => {
    const died = performance.now();
    diedAt = died;
    const forced = killedAt !== undefined && cause !== 'timeout' && cause !== 'aborted';
    const reason = forced ? 'killed' : (cause ?? (signalSent === undefined ? 'itself' : 'relayed'));
    const facts = { code: code ?? undefined, signal: signal ?? undefined, reason, signalSent } as const;
    const settle = (remnants: number) => {
      clearTimeout(timer);
      ending = { ...facts, ranFor: died - spawned.startedClock, remnants };
      resolveEnded(ending);
    };
    const found = liveMembers(pid);
    if (found.length === 0) {
      settle(0);
      return;
    }
    tell(() => options.onRemnants?.(found));
    void endRemnants(pid, found, { deadline: remnantDeadline, onOverdue: tellOverdue }).then(settle);
    setTimer();
  });

  function remnantDeadline(): number {
    const died = diedAt ?? performance.now();
    if (stop === undefined) return died + remnantGrace;
    return Math.max(stop.deadline, died + Math.min(remnantGrace, stop.grace));
  }

  /** There is one next thing to do for whoever waits for an end; called whenever what decides it has changed. */
  function setTimer(): void {
    clearTimeout(timer);
    if (ending !== undefined) return;
    if (diedAt !== undefined) {
      if (stop === undefined && told) return;
      wait(giveUp, remnantDeadline() + (stop?.deathTimeout ?? ownDeathTimeout));
    } else if (stop !== undefined) {
      if (killedAt === undefined) wait(kill, stop.deadline);
      else wait(giveUp, killedAt + stop.deathTimeout);
    }
  }

  function wait(act: () => void, due: number): void {
    timer = setTimeout(act, Math.min(Math.max(due - performance.now(), 0), LONGEST_TIMER));
  }

  function kill(): void {
    killedAt = performance.now();
    send(pid, 'SIGKILL');
    tellOverdue();
    setTimer();
  }

  function giveUp(): void {
    const culprits = diedAt === undefined ? [pid] : liveMembers(pid);
    if (culprits.length === 0) {
      // Gone just now: the next look for remnants will settle it.
      wait(giveUp, performance.now() + LOOK_AGAIN);
      return;
    }
    const error = willNotDie(culprits);
    if (diedAt !== undefined) told = true;
    if (stop === undefined) tell(() => options.onStuck?.(error));
    else stop.fail(error);
    stop = undefined;
  }

  function tellOverdue(): void {
    const callback = stop?.onOverdue;
    if (stop !== undefined) stop.onOverdue = undefined;
    if (callback !== undefined) tell(callback);
  }

  /** True also for one that has died, but whose death has not been reported to us yet: a signal now is too late. */
  function isDead(): boolean {
    if (diedAt !== undefined) return true;
    const stat = readProcessStat(pid);
    return stat !== undefined && !isLive(stat);
  }

  function end(why: Cause, { grace, onOverdue, deathTimeout = ownDeathTimeout }: StopOptions): Promise<Ending> {
    if (ending !== undefined) return ended;
    const span = timeSpan('grace', grace);
    const deadline = performance.now() + span;
    if (stop !== undefined) {
      stop.deadline = Math.min(stop.deadline, deadline);
      stop.grace = Math.min(stop.grace, span);
      setTimer();
      return stop.promise;
    }
    if (!isDead()) {
      if (send(pid, 'SIGTERM') === 'EPERM') {
        const hint = 'run the program as the same user as its supervisor, without sudo or a set-uid bit in between';
        const message = `${describeProcess(pid)} runs as another user: not permitted to signal it`;
        return Promise.reject(new RunnerError('RUNNER_SIGNAL_REFUSED', message, { hint }));
      }
      cause ??= why;
      // A second try after one that was given up.
      if (killedAt !== undefined) kill();
    }
    const { promise, resolve, reject: fail } = deferred<Ending>();
    void ended.then(resolve);
    stop = { promise, fail, onOverdue, grace: span, deadline, deathTimeout: timeSpan('deathTimeout', deathTimeout) };
    setTimer();
    return promise;
  }

  return {
    pid,
    startedAt: spawned.startedAt,
    ended,
    get ending() {
      return ending;
    },
    relay(signal) {
      if (isDead() || send(pid, signal) !== undefined) return false;
      signalSent = signal;
      if (ASKS_FOR_AN_END.has(signal)) cause ??= 'relayed';
      return true;
    },
    stop: async (stopOptions) => end('stopped', stopOptions),
    end,
  };
}
