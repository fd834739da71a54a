import type { RunnerError } from './errors.js';

/** What to run, and in which surroundings. Nothing is added to it. */
export interface ChildOptions {
  /** Path of the executable; a bare name is looked up in the PATH of `env`, as execvp(3) does. */
  readonly file: string;
  /** Its arguments, without the program's own name. No shell is involved. */
  readonly args: readonly string[];
  /** Its working directory; default: ours. */
  readonly cwd?: string;
  /** Its complete environment: what is not in here, it does not have. Undefined values are left out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Further descriptors of ours that it inherits as 3, 4, …, in this order. */
  readonly inherit?: readonly number[];
}

/** What happens to processes that a dead child leaves behind in its session, whatever their process groups. */
export interface GroupOptions {
  /** How long they may take to leave after SIGTERM, in milliseconds; then SIGKILL. Default 5000. */
  readonly remnantGrace?: number;
  /** Told once which processes were found alive, before they are asked to leave. */
  readonly onRemnants?: (pids: readonly number[]) => void;
  /** Milliseconds that a process may take to die of SIGKILL; for remnants, and for a stop that names no other. Default 30 000. */
  readonly deathTimeout?: number;
  /**
   * Told once, with RUNNER_WILL_NOT_DIE, which remnants outlive SIGKILL by `deathTimeout`. `ended` stays pending until
   * they are gone. Not called when a stop is under way: its rejection says the same.
   */
  readonly onStuck?: (error: RunnerError) => void;
}

export const LONGEST_TIMER = 2 ** 31 - 1;

/** A time span that timers honour: Node turns too long ones, and NaN, into one millisecond. */
export function timeSpan(name: string, milliseconds: number): number {
  if (Number.isNaN(milliseconds)) throw new RangeError(`${name} is not a number of milliseconds`);
  return Math.min(Math.max(milliseconds, 0), LONGEST_TIMER);
}
