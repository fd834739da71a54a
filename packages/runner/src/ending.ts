import { constants } from 'node:os';

/**
 * Who ended the child. It is decided once, when the child is gone, and never rewritten:
 * - `itself`: nobody of us asked for it;
 * - `relayed`: an operator's signal was relayed to it before (see {@link Ending.signalSent});
 * - `stopped`: we asked politely, and that was enough;
 * - `killed`: we asked politely, the grace was not enough, SIGKILL followed;
 * - `timeout`, `aborted`: its time was up or the caller aborted, politely or by force; only where a run has a limit.
 *
 * An operator's SIGTERM, SIGINT or SIGQUIT keeps the reason `relayed` where a polite stop follows it. Any other relayed
 * signal does not ask for an end and gives way to whatever did.
 */
export type EndReason = 'itself' | 'relayed' | 'stopped' | 'killed' | 'timeout' | 'aborted';

/** How a child ended, exactly as the kernel reported it. One of `code` and `signal` is set. */
export interface Ending {
  /** Its exit code, 0 to 255; undefined where a signal ended it. */
  readonly code: number | undefined;
  /** The signal that ended it; undefined where it exited. */
  readonly signal: NodeJS.Signals | undefined;
  readonly reason: EndReason;
  /** The last operator's signal that was relayed to it, if any. */
  readonly signalSent: NodeJS.Signals | undefined;
  /** Milliseconds from its start to its death, by a clock that no time correction moves. */
  readonly ranFor: number;
  /** How many processes of its session it left behind alive; they are dead as well by now. */
  readonly remnants: number;
}

const SIGNAL_BASE = 128;

/** The exit code that stands for an ending: the child's own, or 128 + the signal's number as shells have it. */
export function exitCodeOf(ending: Pick<Ending, 'code' | 'signal'>): number {
  if (ending.signal !== undefined) return SIGNAL_BASE + constants.signals[ending.signal];
  // Never 0 by accident: an ending without either would be a defect of the platform, and must not look like a success.
  return ending.code ?? 1;
}

/** The ending as the rest of a sentence: "exited with code 1", "was ended by SIGKILL". */
export function describeEnding(ending: Pick<Ending, 'code' | 'signal'>): string {
  if (ending.signal !== undefined) return `was ended by ${ending.signal}`;
  return ending.code === undefined ? 'ended in an unknown way' : `exited with code ${ending.code}`;
}
