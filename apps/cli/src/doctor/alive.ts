import { databaseLockFiles } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { readdirSync } from 'node:fs';
import { type LockHolder, lockHolders } from '@chainvisor/runner';

/** Who lives on a home. */
export interface Alive {
  /** The supervisor; its `pid` is undefined where it cannot be seen from here. */
  readonly supervisor: LockHolder | undefined;
  /** Who has the node's databases open. */
  readonly node: LockHolder | undefined;
  /** Whether that was started by a supervisor, as far as can be told: only one that certainly was not is false. */
  readonly isSupervised: boolean;
}

/** Looks for them by their locks. Takes none. */
export async function whoIsAlive(layout: Layout): Promise<Alive> {
  const databases = await databaseLockFiles(layout.home);
  const holders = lockHolders([layout.supervisorLock, layout.lock, ...databases]);
  const of = (files: readonly string[]): readonly LockHolder[] =>
    holders.filter(({ file, pid }) => files.includes(file) && pid !== process.pid);
  const [supervisor] = of([layout.supervisorLock]);
  const [node] = of(databases);
  // What a supervisor starts holds the home's lock too.
  const isSupervised =
    node?.pid === undefined || !mayLookInto(node.pid) || of([layout.lock]).some(({ pid }) => pid === node.pid);
  return { supervisor, node, isSupervised };
}

/** Of others the kernel names who took a lock, not who has it since. */
function mayLookInto(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).length > 0;
  } catch {
    return false;
  }
}
