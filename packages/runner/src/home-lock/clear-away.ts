import { setTimeout as pause } from 'node:timers/promises';

import { RunnerError } from '../errors.js';
import { timeSpan } from '../options.js';
import { isStill, type ProcessFacts } from '../process-identity.js';
import { send } from '../session.js';
import { tell } from '../tell.js';
import { DEATH_TIMEOUT, willNotDie } from '../will-not-die.js';
import type { Holder } from './holders.js';
import type { HeldBy } from './messages.js';

export interface ClearOptions {
  /** Milliseconds between SIGTERM and SIGKILL for those that still live. */
  readonly grace: number;
  /** Milliseconds that they may take to die of SIGKILL. Default 30 000. */
  readonly deathTimeout?: number;
  /** Ends the waiting; nobody is signalled after that. */
  readonly signal?: AbortSignal;
  /** Told once who was found and asked to end. */
  readonly onFound?: (holders: readonly ProcessFacts[]) => void;
  /** Told once who outlived the grace, right after the first SIGKILL. */
  readonly onOverdue?: (holders: readonly ProcessFacts[]) => void;
}

export interface Survivors {
  /** True once nobody of before lives; from then on the lock is ours. */
  isClear(): boolean;
  /** Those of before whom we can see. */
  find(): readonly Holder[];
  /** The error where they are not ours to end. */
  readonly heldBy: HeldBy;
}

const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 50;
const LONGEST_PAUSE_OVERDUE = 500;
/** How long the lock may be held by nobody whom we may end: somebody who is just dying, or whom we do not see. */
const PATIENCE = 1_000;

/** Ends whatever was started before: SIGTERM once each, the grace, SIGKILL, death. Resolves once nobody of them lives. */
export async function clearAway(survivors: Survivors, options: ClearOptions): Promise<void> {
  const grace = timeSpan('grace', options.grace);
  const deathTimeout = timeSpan('deathTimeout', options.deathTimeout ?? DEATH_TIMEOUT);
  const { signal } = options;
  const asked = new Set<string>();
  let known: readonly Holder[] = [];
  let deadline: number | undefined;
  let killedAt: number | undefined;
  let nobodySince: number | undefined;
  let length = FIRST_PAUSE;
  for (;;) {
    throwIfAborted(signal);
    const left = (deadline ?? Infinity) - performance.now();
    known = known.filter(({ pid, startTime }) => isStill(pid, startTime));
    // While those that were asked take their time, nothing else is looked at.
    if (known.length === 0 || left <= 0) {
      if (survivors.isClear()) return;
      const found = survivors.find();
      known = found.filter(({ isOurs }) => isOurs);
      if (known.length > 0) nobodySince = undefined;
      else if (performance.now() - (nobodySince ??= performance.now()) >= PATIENCE) throw survivors.heldBy(found);
    }
    const news = known.filter((holder) => !asked.has(keyOf(holder)));
    if (news.length > 0) {
      if (asked.size === 0) announce(news, options.onFound);
      deadline ??= performance.now() + grace;
      for (const holder of news) {
        asked.add(keyOf(holder));
        signalHolder(holder, 'SIGTERM', survivors.heldBy);
      }
      length = FIRST_PAUSE;
    }
    if (known.length > 0 && deadline !== undefined && performance.now() >= deadline) {
      for (const holder of known) signalHolder(holder, 'SIGKILL', survivors.heldBy);
      if (killedAt === undefined) {
        killedAt = performance.now();
        length = FIRST_PAUSE;
        announce(known, options.onOverdue);
      }
      if (performance.now() - killedAt >= deathTimeout) throw willNotDie(known.map(({ pid }) => pid));
    }
    await pause(left > 0 ? Math.min(length, left) : length, undefined, signal && { signal }).catch(() => undefined);
    length = Math.min(length * 2, killedAt === undefined ? LONGEST_PAUSE : LONGEST_PAUSE_OVERDUE);
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new RunnerError('RUNNER_ABORTED', 'no longer waiting for what was started before to end: aborted', {
    cause: signal.reason,
  });
}

/** Looks first whose number it is now. */
function signalHolder(holder: Holder, signal: NodeJS.Signals, heldBy: HeldBy): void {
  if (!isStill(holder.pid, holder.startTime)) return;
  if (send(holder.pid, signal) === 'EPERM') throw heldBy([holder]);
}

function keyOf({ pid, startTime }: Holder): string {
  return `${pid}:${startTime}`;
}

function announce(holders: readonly Holder[], callback: ClearOptions['onFound']): void {
  if (callback === undefined) return;
  const facts = holders.map(({ pid, command, since }) => ({ pid, command, since }));
  tell(() => callback(facts));
}
