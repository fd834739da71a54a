import { parseTimeSpan } from '../parse/time-span.js';
import type { UnitEntry } from '../unit.js';
import type { Subject } from './subject.js';

/** systemd's DefaultTimeoutStartSec= and DefaultTimeoutStopSec=, in ms. */
const DEFAULT_TIMEOUT_MS = 90_000;

/** A limit of the start or the stop. */
export interface Timeout {
  /** The setting that counts; undefined where systemd's default does. */
  readonly entry: UnitEntry | undefined;
  /** In ms; Infinity for none. */
  readonly ms: number;
}

/** TimeoutStartSec= or TimeoutStopSec=, or TimeoutSec=, which sets both: the last one counts that can be read. */
export function timeoutOf(subject: Subject, key: 'TimeoutStartSec' | 'TimeoutStopSec'): Timeout {
  const entry = subject.unit.entries.findLast(
    (one) =>
      one.section === 'Service' &&
      (one.key === key || one.key === 'TimeoutSec') &&
      parseTimeSpan(one.value) !== undefined,
  );
  const ms = entry === undefined ? DEFAULT_TIMEOUT_MS : (parseTimeSpan(entry.value) ?? DEFAULT_TIMEOUT_MS);
  return { entry, ms: ms === 0 ? Infinity : ms };
}

/** How long a start may take, in ms. */
export function startLimitMs(subject: Subject): number {
  const { entry, ms } = timeoutOf(subject, 'TimeoutStartSec');
  const isOneshot = subject.unit.entries.findLast(({ key }) => key === 'Type')?.value === 'oneshot';
  return entry === undefined && isOneshot ? Infinity : ms;
}

/** A time in the words of a unit: whole seconds. */
export const inSeconds = (ms: number): string => `${Math.ceil(ms / 1000)}`;
