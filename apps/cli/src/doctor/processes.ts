import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

type Env = Readonly<Record<string, string>>;

/** A process, as far as we may look into it. */
export interface Seen {
  readonly pid: number;
  /** Its program and arguments. */
  readonly argv: readonly string[];
  /** The kernel's short name of it, at most 15 bytes. */
  readonly comm: string;
}

/** The numbers of all processes that can be seen, without our own. */
function pids(): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && pid !== process.ppid);
}

/** All processes that can be seen; kernel threads have no arguments. */
export function visibleProcesses(): readonly Seen[] {
  return pids().flatMap((pid) => seen(pid) ?? []);
}

/** One process; undefined where it is gone. */
export function seen(pid: number): Seen | undefined {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, argv, comm: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
  } catch {
    return undefined;
  }
}

/** The environment that a process was started with; undefined where we may not read it, or it is gone. */
export function environOf(pid: number): Env | undefined {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').slice(0, -1);
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  } catch {
    return undefined;
  }
}

/** What the open files of a process are called; empty where we may not look. */
function openFilesOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        // Closed just now.
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** A node that lives: the home whose databases it has open. */
export interface LivingNode extends Seen {
  readonly home: string;
}

/** The nodes of this machine whose open files we may see. */
export function livingNodes(): readonly LivingNode[] {
  return visibleProcesses().flatMap((process) => {
    const homes = openFilesOf(process.pid).flatMap((file) => /^(\/.*)\/data\/[^/]+\.db\/LOCK$/.exec(file)?.[1] ?? []);
    return [...new Set(homes)].map((home) => ({ ...process, home }));
  });
}
