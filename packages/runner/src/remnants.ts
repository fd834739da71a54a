import { setTimeout as pause } from 'node:timers/promises';

import { isLiveMember, liveMembers, signalGroup } from './process-group.js';

const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 50;

export interface RemnantsOptions {
  /** Until when (on performance.now()'s clock) they may leave politely; asked anew each time, it may move. */
  readonly deadline: () => number;
  /** Called once, before they are asked to leave, with the processes found; not called when there are none. */
  readonly onFound: (pids: readonly number[]) => void;
  /** Called once, after SIGKILL was sent. */
  readonly onOverdue: () => void;
}

/**
 * Ends what a dead leader left of its group: SIGTERM, then SIGKILL past the deadline. Resolves with how many were found,
 * once none is alive; never earlier, however long that takes.
 */
export async function endRemnants(group: number, options: RemnantsOptions): Promise<number> {
  let live = liveMembers(group);
  if (live.length === 0) return 0;
  const found = new Set(live);
  options.onFound(live);
  signalGroup(group, 'SIGTERM');
  let overdue = false;
  let length = FIRST_PAUSE;
  for (;;) {
    const left = overdue ? 0 : options.deadline() - performance.now();
    if (left <= 0) {
      // Each time round: a member may have been forked since the last one.
      signalGroup(group, 'SIGKILL');
      if (!overdue) options.onOverdue();
      overdue = true;
    }
    // They are not our children, so nothing tells us about their death: we must look.
    await pause(left > 0 ? Math.min(length, left) : length);
    length = Math.min(length * 2, LONGEST_PAUSE);
    live = live.filter((pid) => isLiveMember(pid, group));
    // The whole of /proc is searched only when nobody known is left.
    if (live.length === 0) live = liveMembers(group);
    if (live.length === 0) return found.size;
    for (const pid of live) found.add(pid);
  }
}
