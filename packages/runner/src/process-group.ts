import { readdirSync } from 'node:fs';

import { systemCodeOf } from './errors.js';
import { isLive, readProcessStat } from './process-stat.js';

/** True when no process, not even a zombie, is left in the group. One system call: this is the fast path of every end. */
export function isGroupGone(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch (error) {
    // EPERM: there is somebody, of another user.
    return systemCodeOf(error) === 'ESRCH';
  }
}

/**
 * The processes that live in the group, zombies not counted. `group` must be one that a child of ours led as the leader
 * of its own session: the session is compared as well, so that a number used again by a stranger is not taken for ours.
 */
export function liveMembers(group: number, proc = '/proc'): readonly number[] {
  let entries: string[];
  try {
    entries = readdirSync(proc);
  } catch {
    // No /proc here: the group is known only as a whole, so its number stands for whoever is in it.
    return isGroupGone(group) ? [] : [group];
  }
  return entries.flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const pid = Number(entry);
    return isLiveMember(pid, group, proc) ? [pid] : [];
  });
}

export function isLiveMember(pid: number, group: number, proc = '/proc'): boolean {
  const stat = readProcessStat(pid, proc);
  return stat !== undefined && isLive(stat) && stat.group === group && stat.session === group;
}

/**
 * Signals a whole group, after the caller has seen a live member of it. As long as a member lives, the kernel gives the
 * group's number to nobody else. False when nobody got the signal.
 */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
