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

export function unreachable(reason: string): Unreachable {
  return { reachable: false, reason };
}
