import { readFileSync } from 'node:fs';

/** One process as `/proc/<pid>/stat` tells it. `startTime` (clock ticks since boot) tells a pid from a later one of the same number. */
export interface ProcStat {
  readonly pid: number;
  readonly state: string;
  readonly ppid: number;
  readonly startTime: string;
}

/** Reads `/proc/<pid>/stat`; undefined where the process is gone. */
export function procStat(pid: number | 'self'): ProcStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command name in the second field may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', ppid = ''] = fields;
  return { pid: Number.parseInt(text, 10), state, ppid: Number(ppid), startTime: fields[19] ?? '' };
}

/** Whether the process that had this pid and start time still lives; a zombie does not. */
export function isAlive(pid: number, startTime: string): boolean {
  const stat = procStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X';
}
