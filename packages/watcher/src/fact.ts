import type { Plan } from '@chainvisor/plan';
import type { WatcherError } from './errors.js';

/**
 * Why a file that is there gives no plan. `empty` and `malformed` are also what a reader sees while the node writes,
 * because the node truncates the file and then writes it in place; `io` passes when the operating system lets us read.
 */
export type UnreadableReason = 'empty' | 'malformed' | 'too-large' | 'not-a-file' | 'io';

/**
 * What the upgrade-info file says at one moment.
 *
 * `stamp` is the identity of the present content: inode, size, modification time in nanoseconds and a checksum. It
 * changes with every rewrite, also one with the same bytes or an older modification time, and not with `chmod`, `chown`
 * or a new hard link. Compare stamps for equality only. Limit: a kernel older than 6.13 keeps time in steps of up to
 * 10 ms, so rewriting the same bytes within one step leaves the stamp as it was.
 */
export type InfoFact =
  | { readonly state: 'absent' }
  | {
      readonly state: 'unreadable';
      readonly reason: UnreadableReason;
      readonly error: WatcherError;
      readonly stamp: string;
    }
  | { readonly state: 'plan'; readonly plan: Plan; readonly bytes: Uint8Array; readonly stamp: string };

/** One text for each fact that a consumer would call a different one. */
export function identityOf(fact: InfoFact): string {
  if (fact.state === 'absent') return 'absent';
  return fact.state === 'plan' ? `plan ${fact.stamp}` : `${fact.reason} ${fact.stamp}`;
}
