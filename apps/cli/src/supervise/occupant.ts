import { lockHolders } from '@chainvisor/runner';

/** Somebody else who holds a lock of this home, in words. */
export interface Occupant {
  readonly who: string;
  readonly command: string;
  readonly file: string;
}

/** The first who holds a lock on one of these files and is not this process; undefined where nobody does. */
export function occupantOf(files: readonly string[]): Occupant | undefined {
  const holder = lockHolders(files).find(({ pid }) => pid !== process.pid);
  if (holder === undefined) return undefined;
  const { pid, command, file } = holder;
  return { who: pid === undefined ? 'a process that cannot be seen from here' : `process ${pid}`, command, file };
}
