import { setImmediate as soon } from 'node:timers/promises';
import { reasonOf } from '@chainvisor/report';
import { assignmentsOf, type Message, parted } from './message.js';
import type { Send } from './systemd-notify.js';

/** Tells the service manager how the supervisor is doing. Nothing of it throws, and only `end` is to be waited for. */
export interface Notifier {
  /**
   * What is done now, and in `detail` how far that is: a height, a part. Another phase is told at once, and so is its first
   * detail, further ones seldom, as each message costs a process.
   */
  readonly status: (phase: string, detail?: string) => void;
  /** The node runs, or what the start was for is done without it. Told once. */
  readonly ready: () => void;
  /** The end has begun, and why; said again, only why. From then on `status` counts no more. */
  readonly stopping: (why: string) => void;
  /** Says that this is the end, where `stopping` has not, and resolves once nothing is under way any more, in bounded time. */
  readonly end: () => Promise<void>;
}

/** In milliseconds. */
export interface NotifierTimes {
  /** The least between two details of one phase. */
  readonly detail: number;
  /** How often more time is asked for, and how late at most what did not arrive is told again. */
  readonly again: number;
  /** How soon what did not arrive is told again first; then after twice the time, and so on. */
  readonly retry: number;
  /** How much time from now on is asked for: enough to miss two of these messages. */
  readonly extendBy: number;
  /** For how long a stop is drawn out at most. */
  readonly longestStop: number;
  /** How long the end waits for what is under way. */
  readonly end: number;
}

/** systemd's own limits are 90 seconds where nobody has set others: the first message comes long before. */
export const notifierTimes: NotifierTimes = {
  detail: 60_000,
  again: 40_000,
  retry: 500,
  extendBy: 120_000,
  longestStop: 3_600_000,
  end: 10_000,
};

/** What a notifier works with. */
export interface NotifierOptions {
  readonly send: Send;
  /** Told each time, but during a stop, why a message may not have arrived. */
  readonly onTrouble: (reason: string) => void;
  /** Whether a SIGKILL now would tear the node's data, so that a stop is to be given more time. */
  readonly isFragile: () => boolean;
  readonly times?: NotifierTimes;
}

/** Says nothing: there is no service manager that listens. */
export const silentNotifier: Notifier = {
  status: () => undefined,
  ready: () => undefined,
  stopping: () => undefined,
  end: () => Promise.resolve(),
};

/**
 * Sends one message at a time, in their order; what comes meanwhile waits as one message, with the newest status. Until the
 * node runs, and while it stops in a fragile state, each message asks for more time, and so do further ones. What did not
 * arrive goes with the next.
 */
export function createNotifier({ send, onTrouble, isFragile, times = notifierTimes }: NotifierOptions): Notifier {
  const cutOff = new AbortController();
  let waiting: Message = {};
  let isDue = false;
  let working: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let current: { readonly phase: string; readonly text: string; readonly since: number } | undefined;
  let failures = 0;
  let isReady = false;
  let stoppingSince: number | undefined;
  let hasEnded = false;

  const wantsTime = () => {
    if (hasEnded) return false;
    if (stoppingSince === undefined) return !isReady;
    return performance.now() - stoppingSince < times.longestStop && isFragile();
  };

  const work = async () => {
    // What is said in one go is one message.
    await soon();
    while (isDue && !cutOff.signal.aborted) {
      isDue = false;
      clearTimeout(timer);
      const [message, later] = parted(waiting);
      waiting = later;
      const assignments = assignmentsOf(message, wantsTime() ? times.extendBy : undefined);
      if (assignments.length === 0) continue;
      try {
        await send(assignments, cutOff.signal);
        failures = 0;
      } catch (error) {
        // A stop by systemd sends its signal also to what is just telling of it, and its limit may be short.
        failures += 1;
        // Nobody waits for READY any more where the end is next.
        if (later.stopping !== true) waiting = { ...message, ...waiting };
        // A stop by systemd sends its signal to whatever runs in the unit: that is no trouble.
        if (stoppingSince === undefined) onTrouble(reasonOf(error));
      }
      isDue ||= later.stopping === true;
      const pause = failures === 0 ? times.again : Math.min(times.again, times.retry * 2 ** (failures - 1));
      if (!hasEnded && (failures > 0 || wantsTime())) timer = setTimeout(wake, pause);
    }
    working = undefined;
  };

  const wake = () => {
    isDue = true;
    working ??= work();
  };

  const tell = (news: Message) => {
    if (hasEnded) return;
    waiting = { ...waiting, ...news };
    wake();
  };

  const stopping = (why: string) => {
    if (stoppingSince !== undefined) {
      tell({ status: why });
      return;
    }
    stoppingSince = performance.now();
    tell({ stopping: true, status: why });
  };

  return {
    status: (phase, detail) => {
      if (stoppingSince !== undefined) return;
      const text = detail === undefined ? phase : `${phase}, ${detail}`;
      const now = performance.now();
      const isSeldom = phase === current?.phase && now - current.since < times.detail;
      if (text === current?.text || isSeldom) return;
      // The first detail of a phase does not wait.
      current = { phase, text, since: detail === undefined ? -Infinity : now };
      tell({ status: text });
    },
    ready: () => {
      if (isReady) return;
      isReady = true;
      tell({ ready: true });
    },
    stopping,
    end: async () => {
      if (stoppingSince === undefined) stopping('ending');
      hasEnded = true;
      clearTimeout(timer);
      const overdue = setTimeout(() => cutOff.abort(), times.end);
      await working;
      clearTimeout(overdue);
    },
  };
}
