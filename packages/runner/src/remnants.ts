import { setTimeout as pause } from 'node:timers/promises';

import { isLiveMember, liveMembers, signalMembers } from './session.js';

const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 50;
/** Each look at those who do not die of SIGKILL is a whole scan. */
const LONGEST_PAUSE_OVERDUE = 500;

export interface RemnantsOptions {
  /** Until when (on performance.now()'s clock) they may leave politely; asked anew each time, it may move. */
  readonly deadline: () => number;
  /** Called once, after SIGKILL was sent. */
  readonly onOverdue: () => void;
}

/**
 * Ends what a dead leader left of its session, of whom at least one was `found`: SIGTERM, then SIGKILL past the deadline.
 * Resolves with how many there were, once none is alive; never earlier, however long that takes.
 */
export async function endRemnants(leader: number, found: readonly number[], options: RemnantsOptions): Promise<number> {
  const asked = new Set<number>();
  let live = found;
  let overdue = false;
  let length = FIRST_PAUSE;
  for (;;) {
    // A member may have been forked since the last look: each is asked once.
    signalMembers(
      leader,
      live.filter((pid) => !asked.has(pid)),
      'SIGTERM',
    );
    for (const pid of live) asked.add(pid);
    const left = overdue ? 0 : options.deadline() - performance.now();
    if (left <= 0) {
      signalMembers(leader, live, 'SIGKILL');
      if (!overdue) {
        overdue = true;
        length = FIRST_PAUSE;
        options.onOverdue();
      }
    }
    // They are not our children, so nothing tells us about their death: we must look.
    await pause(left > 0 ? Math.min(length, left) : length);
    length = Math.min(length * 2, overdue ? LONGEST_PAUSE_OVERDUE : LONGEST_PAUSE);
    // While they may leave politely, all of /proc is searched only when nobody known is left.
    if (!overdue) live = live.filter((pid) => isLiveMember(pid, leader));
    if (overdue || live.length === 0) live = liveMembers(leader);
    if (live.length === 0) return asked.size;
  }
}
