import { readdirSync } from 'node:fs';

import { systemCodeOf } from './errors.js';
import { isLive, readProcessStat } from './process-stat.js';

const MOST_SCANS = 3;

/**
 * The processes that live in a session, zombies not counted, whatever their process groups are. `leader` must be a child
 * of ours that leads or led the session. As long as anybody is in it, the kernel gives its number to nobody else.
 *
 * Reads the stat of every process, lower numbers too, as they wrap around: about 20 µs each, and nothing is awaited.
 */
export function liveMembers(leader: number, proc = '/proc'): readonly number[] {
  // No /proc here: only the leader's own group is known, and as a whole; its number stands for whoever is in it.
  if (!shows(proc)) return isGroupGone(leader) ? [] : [leader];
  // A member that dies while we look may have forked one that is not in our list. So "nobody" is believed only of a scan
  // in which nobody was missed that had not been missed before.
  const missed = new Set<number>();
  for (let scans = 0; ; scans++) {
    const before = missed.size;
    const live = scan(leader, proc, missed);
    if (live.length > 0 || missed.size === before || scans === MOST_SCANS) return live;
  }
}

/** Adds to `missed` who could not be read, or is dead. */
function scan(leader: number, proc: string, missed: Set<number>): readonly number[] {
  const live: number[] = [];
  for (const entry of readdirSync(proc)) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const stat = readProcessStat(pid, proc);
    if (stat === undefined) missed.add(pid);
    else if (stat.session !== leader) continue;
    else if (isLive(stat)) live.push(pid);
    else missed.add(pid);
  }
  return live;
}

export function isLiveMember(pid: number, leader: number, proc = '/proc'): boolean {
  const stat = readProcessStat(pid, proc);
  return stat !== undefined && isLive(stat) && stat.session === leader;
}

/**
 * Signals members that `liveMembers` has found. Each is looked at again right before, so that a stranger who was given
 * the number of a dead member is not hit. Who may not be signalled is left to whoever looks for survivors.
 */
export function signalMembers(leader: number, pids: readonly number[], signal: NodeJS.Signals, proc = '/proc'): void {
  if (!shows(proc)) {
    send(-leader, signal);
    return;
  }
  for (const pid of pids) if (isLiveMember(pid, leader, proc)) send(pid, signal);
}

/** True when a process is there, but may not be signalled by us: it runs as another user. */
export function isRefused(pid: number): boolean {
  return send(pid, 0) === 'EPERM';
}

/** True when no process, not even a zombie, is left in the group. */
function isGroupGone(group: number): boolean {
  // EPERM: there is somebody, of another user.
  return send(-group, 0) === 'ESRCH';
}

/** Whether this is a /proc of ours: it may be missing, or an empty directory in a chroot. */
function shows(proc: string): boolean {
  return readProcessStat(process.pid, proc) !== undefined;
}

/** Undefined when it was sent, else the system's answer. */
export function send(pid: number, signal: NodeJS.Signals | 0): string | undefined {
  try {
    process.kill(pid, signal);
    return undefined;
  } catch (error) {
    return systemCodeOf(error) ?? 'unknown';
  }
}
