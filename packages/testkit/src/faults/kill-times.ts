import { createHash } from 'node:crypto';

export interface KillTimesOptions {
  readonly count: number;
  /** The same seed gives the same times, on every machine. */
  readonly seed: number;
  /** Milliseconds: the times lie from 0 up to this, without it. */
  readonly within: number;
}

/**
 * Pseudo-random whole milliseconds in a random order, one from each of `count` equal parts of the range: as evenly spread
 * as a sweep, and no two seeds alike.
 */
export function killTimes({ count, seed, within }: KillTimesOptions): number[] {
  const part = within / count;
  return Array.from({ length: count }, (_, index) => ({
    time: Math.floor((index + draw(seed, `time ${index}`)) * part),
    order: draw(seed, `order ${index}`),
  }))
    .sort((a, b) => a.order - b.order)
    .map(({ time }) => time);
}

/** A number from 0 up to 1, without it, that this seed always gives for this label. */
function draw(seed: number, label: string): number {
  return createHash('sha256').update(`${seed} ${label}`).digest().readUInt32BE() / 2 ** 32;
}
