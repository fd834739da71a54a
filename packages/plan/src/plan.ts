import { recaseName } from './recase.js';

/** An upgrade as the chain planned it. */
export interface Plan {
  /** As written by the chain, neither recased nor escaped. */
  readonly name: string;
  /** The block that the old binary cannot execute, at least 1. */
  readonly height: number;
  /** Free text of the proposal, often where to find binaries; `''` when absent. */
  readonly info: string;
}

/** Whether both mean the same upgrade: names equal once recased, and heights equal. */
export function samePlan(a: Plan, b: Plan): boolean {
  return a.height === b.height && recaseName(a.name) === recaseName(b.name);
}
