import { deferred } from './deferred.js';
import type { Ending } from './ending.js';
import type { ChildOptions } from './options.js';
import { isLive, readProcessStat } from './process-stat.js';
import { spawnChild, type Spawned } from './spawn.js';

export interface RunThroughOptions extends ChildOptions {
  /** Signals of ours to listen to for as long as the child lives, each relayed to it as `relay` does. Default: none. */
  readonly relayed?: readonly NodeJS.Signals[];
}

/** A live child that shares our session, our process group and our terminal. */
export interface ThroughChild {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Resolves once the child is dead and collected; never rejects. What it left behind is not ours to end. */
  readonly ended: Promise<Ending>;
  readonly ending: Ending | undefined;
  /**
   * Sends a signal to the child. SIGINT and SIGQUIT are taken as sent where we are in the foreground of a terminal: its
   * keys reach the whole group, so the child has them already. False when it could not get it.
   */
  relay(signal: NodeJS.Signals): boolean;
}

const FROM_THE_KEYBOARD: ReadonlySet<NodeJS.Signals> = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

/**
 * Runs a program in our place, for commands that are not supervised: it keeps the controlling terminal (for passwords and
 * job control) and our streams. Resolves when it is executing.
 *
 * @throws RunnerError RUNNER_START_FAILED when it cannot be executed.
 */
export async function runThrough(options: RunThroughOptions): Promise<ThroughChild> {
  const { promise: ended, resolve } = deferred<Ending>();
  let child: Spawned | undefined;
  let ending: Ending | undefined;
  let signalSent: NodeJS.Signals | undefined;

  const relay = (signal: NodeJS.Signals): boolean => {
    if (child === undefined || ending !== undefined) return false;
    const stat = readProcessStat(child.pid);
    if (stat !== undefined && !isLive(stat)) return false;
    try {
      if (!(FROM_THE_KEYBOARD.has(signal) && isInForeground())) process.kill(child.pid, signal);
    } catch {
      return false;
    }
    signalSent = signal;
    return true;
  };
  const relayed = options.relayed ?? [];
  const ignoreAgain = () => relayed.forEach((signal) => process.off(signal, relay));
  // Before the start: a signal that comes in between would end us and leave the child behind.
  for (const signal of relayed) process.on(signal, relay);

  try {
    child = await spawnChild(options, { detached: false, streams: ['inherit', 'inherit', 'inherit'] });
  } catch (error) {
    ignoreAgain();
    throw error;
  }
  const { pid, startedAt, startedClock } = child;
  child.process.once('exit', (code, signal) => {
    ignoreAgain();
    ending = {
      code: code ?? undefined,
      signal: signal ?? undefined,
      reason: signalSent === undefined ? 'itself' : 'relayed',
      signalSent,
      ranFor: performance.now() - startedClock,
      remnants: 0,
    };
    resolve(ending);
  });

  return {
    pid,
    startedAt,
    ended,
    get ending() {
      return ending;
    },
    relay,
  };
}

function isInForeground(): boolean {
  const own = readProcessStat('self');
  return own !== undefined && own.group === own.terminalGroup;
}
