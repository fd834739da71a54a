import type { RpcAddress } from './address.js';

/** What every question to a node needs. */
export interface Question {
  readonly address: RpcAddress;
  /** Milliseconds for the whole of it: connecting, asking, and the last byte of the answer. */
  readonly timeout: number;
  /** Gives up at once; the reading then says so. */
  readonly signal?: AbortSignal;
}

/** The node gave no usable answer; `reason` says why, in words for an operator. */
export interface Unreachable {
  readonly reachable: false;
  readonly reason: string;
}

/** There is an answer, but more of it than is read. */
export interface TooLong extends Unreachable {
  readonly tooLong: true;
}

export function unreachable(reason: string): Unreachable {
  return { reachable: false, reason };
}

/** `limit` is in MiB. */
export function tooLong(limit: number): TooLong {
  return { reachable: false, tooLong: true, reason: `the answer is longer than ${limit} MiB` };
}
