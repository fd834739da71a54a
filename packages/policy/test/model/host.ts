import { V1, plan } from '../facts.js';

/** A plan of the model, its binary, and how far the chain's state is: 1 is what genesis is for, 2 and 3 the upgrades. */
export type Version = 1 | 2 | 3;

/** The heights from which each version executes blocks. The plan of the first is of a time before the model begins. */
export const heightOf = { 1: 1, 2: 3, 3: 5 } as const;

export const planOf = { 1: { ...V1, height: 1 }, 2: plan('v2', heightOf[2]), 3: plan('v3', heightOf[3]) } as const;
export const targetOf = { 1: 'genesis', 2: 'upgrades/v2', 3: 'upgrades/v3' } as const;

export function versionOf(target: string): Version {
  if (target === targetOf[1]) return 1;
  return target === targetOf[2] ? 2 : 3;
}

/** The upgrade whose plan has that height. */
export const versionAt = (height: number): 2 | 3 => (height === heightOf[2] ? 2 : 3);

/** The plan that is due at a height. */
export function dueAt(height: number): 2 | 3 | undefined {
  if (height === heightOf[2]) return 2;
  return height === heightOf[3] ? 3 : undefined;
}

/** What differs from one node and one host to another. */
export interface Host {
  /** The node's RPC can be asked. */
  readonly rpc: boolean;
  /** At the halt the node ends (block sync) rather than staying alive. */
  readonly ends: boolean;
  /** What the disk tells of heights. */
  readonly offline: 'nothing' | 'wal' | 'validator';
  /** A node of SDK 0.47 or newer reads the file at start, and panics where it is cut off. */
  readonly reads: boolean;
  /** Optimistic execution: the file may be written before the block is decided and stored. */
  readonly ahead: boolean;
  /** A file of an earlier upgrade is there from the beginning, and `genesis` has it beside its binary. */
  readonly upgradedBefore: boolean;
  /** The binary of the first upgrade cannot execute its block, until the operator skips it. */
  readonly fails: boolean;
  /** No block is made above this one: the first that the last version executes. */
  readonly last: 3 | 5;
}
