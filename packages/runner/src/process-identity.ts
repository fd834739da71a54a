import { readFileSync, readlinkSync } from 'node:fs';

import { isLive, readProcessStat, type ProcessStat } from './process-stat.js';

/** What tells one process from every other one that this machine has had or will have. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since the machine started, field 22 of /proc/PID/stat. */
  readonly startTime: number;
  /** Which run of the machine this is. */
  readonly bootId: string;
  /** In which PID namespace the number holds. */
  readonly pidNamespace: string;
}

/** A process as messages name it. */
export interface ProcessFacts {
  readonly pid: number;
  /** Its command line, or its name where it has none. */
  readonly command: string;
  /** When it started, ISO 8601 in UTC; undefined when the system does not say. */
  readonly since: string | undefined;
}

const LONGEST_COMMAND = 300;
/** USER_HZ, in which /proc counts: 100 on every machine that Node runs on. */
const TICK = 10;

/**
 * Whether /proc shows our own PID namespace. After `unshare --pid` without a new /proc, and in some chroots, its numbers
 * are not those that kill(2) means.
 */
export function procIsOurs(): boolean {
  return readProcessStat('self')?.pid === process.pid;
}

/** A process of our PID namespace that is there now; undefined when it is not, or /proc does not say. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const place = whereWeAre();
  const stat = readProcessStat(pid);
  return place === undefined || stat === undefined ? undefined : { pid, startTime: stat.startTime, ...place };
}

/** Whether the number holds here: the same run of the machine, and the same PID namespace. */
export function isOfHere(identity: ProcessIdentity): boolean {
  const place = whereWeAre();
  return place?.bootId === identity.bootId && place.pidNamespace === identity.pidNamespace;
}

/** Whether that very process lives, and is no zombie. False also for one that cannot be seen from here. */
export function isStillThere(identity: ProcessIdentity): boolean {
  return isOfHere(identity) && isStill(identity.pid, identity.startTime);
}

/** Whether the process with this number is live and the one that had started then. */
export function isStill(pid: number, startTime: number): boolean {
  const stat = readProcessStat(pid);
  return stat !== undefined && isLive(stat) && stat.startTime === startTime;
}

function whereWeAre(): Pick<ProcessIdentity, 'bootId' | 'pidNamespace'> | undefined {
  if (!procIsOurs()) return undefined;
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { bootId, pidNamespace: readlinkSync('/proc/self/ns/pid') };
  } catch {
    return undefined;
  }
}

/** What can be said about a process; `stat` where it was just read. */
export function factsOf(pid: number, stat: ProcessStat | undefined = readProcessStat(pid)): ProcessFacts {
  return { pid, command: commandOf(pid), since: stat === undefined ? undefined : startOf(stat.startTime) };
}

function commandOf(pid: number): string {
  const line = read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ');
  return asCommand(line ?? '') || asCommand(read(`/proc/${pid}/comm`) ?? '') || 'unknown';
}

/** One line of bounded length, whatever a program has put into its command line. */
export function asCommand(text: string): string {
  const line = text.replaceAll(/\p{C}+/gu, ' ').trim();
  return line.length > LONGEST_COMMAND ? `${line.slice(0, LONGEST_COMMAND)}…` : line;
}

function startOf(startTime: number): string | undefined {
  const uptime = Number(read('/proc/uptime')?.split(' ')[0]);
  if (!Number.isFinite(uptime)) return undefined;
  return toSeconds(new Date(Date.now() - uptime * 1000 + startTime * TICK));
}

/** ISO 8601 in UTC, without fractions. */
export function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** "process 12 (palomad start, since 2026-01-02T03:04:05Z)", for messages. */
export function describeFacts({ pid, command, since }: ProcessFacts): string {
  return `process ${pid} (${command}${since === undefined ? '' : `, since ${since}`})`;
}
