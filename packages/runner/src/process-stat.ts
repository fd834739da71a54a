import { readFileSync } from 'node:fs';

/** What /proc/PID/stat says about one process. */
export interface ProcessStat {
  readonly pid: number;
  /** One letter: R running, S sleeping, D uninterruptible, T stopped, t traced, Z zombie, X dead. */
  readonly state: string;
  readonly group: number;
  readonly session: number;
  /** The foreground process group of its terminal, -1 without one. */
  readonly terminalGroup: number;
  readonly threads: number;
  /** When it started, in clock ticks since the machine did: with its number, this tells one process from all others. */
  readonly startTime: number;
}

/** Reads the text of /proc/PID/stat; undefined when it does not have that form. proc(5). */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The second field is the program's name in parentheses, and the name may hold spaces, parentheses and line breaks.
  const close = text.lastIndexOf(')');
  const open = text.indexOf('(');
  if (open < 1 || close < open) return undefined;
  const pid = Number(text.slice(0, open));
  const [state, ...numbers] = text
    .slice(close + 1)
    .trim()
    .split(/\s+/);
  // Counted as in proc(5), where the state is field 3 and the parent field 4.
  const field = (position: number) => Number(numbers[position - 4]);
  const group = field(5);
  const session = field(6);
  const terminalGroup = field(8);
  const threads = field(20);
  const startTime = field(22);
  if (state?.length !== 1 || ![pid, group, session, terminalGroup, threads, startTime].every(Number.isSafeInteger))
    return undefined;
  return { pid, state, group, session, terminalGroup, threads, startTime };
}

/** The process's state now; undefined when it is gone or the system does not say. */
export function readProcessStat(pid: number | 'self', proc = '/proc'): ProcessStat | undefined {
  try {
    // As UTF-8, whatever bytes a name has: those outside it harm no other field, and Node reads such text fastest.
    return parseProcessStat(readFileSync(`${proc}/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Zombies hold nothing any more: they only wait for their parent to ask how they ended. A process whose first thread has
 * ended alone looks like one, but has further threads and is alive.
 */
export function isLive(stat: ProcessStat): boolean {
  return (stat.state !== 'Z' && stat.state !== 'X') || stat.threads > 1;
}

const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'uninterruptible, waiting for a device or a network file system',
  T: 'stopped',
  t: 'stopped by a tracer',
  Z: 'zombie: dead, but held by a tracer or a parent that does not collect it',
};

/** "process 12 (state D: uninterruptible, …)", for messages. */
export function describeProcess(pid: number): string {
  const state = readProcessStat(pid)?.state;
  return `process ${pid} (state ${state === undefined ? 'unknown' : `${state}: ${STATES[state] ?? 'see proc(5)'}`})`;
}
