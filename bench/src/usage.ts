import { type ProcessUnder, processesUnder } from '@chainvisor/testkit';
import { readdirSync, readFileSync } from 'node:fs';

/** proc(5): the unit of the times in `/proc/<pid>/stat`, 100 a second in every Linux that users see. */
const tickNs = 10_000_000n;

/** Live processes of a home, without the node and what it started: those of the supervisor. */
export async function supervisorProcesses(home: string, node: number | undefined): Promise<readonly number[]> {
  const processes = await processesUnder(home);
  const isNodes = (each: ProcessUnder | undefined): boolean =>
    each !== undefined && (each.pid === node || isNodes(processes.find(({ pid }) => pid === each.ppid)));
  return processes.filter((each) => !isNodes(each)).map(({ pid }) => pid);
}

/**
 * Nanoseconds of processor time, user and system, that these processes' threads and the children they have waited for
 * have used. The threads by the scheduler's own count, which is exact; children in ticks of 10 ms.
 */
export function processorTime(pids: readonly number[]): bigint {
  return pids.reduce((sum, pid) => sum + threadsTime(pid) + childrenTime(pid), 0n);
}

function threadsTime(pid: number): bigint {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ran = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + BigInt(ran);
  }, 0n);
}

function childrenTime(pid: number): bigint {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name in the second field may itself hold spaces and parentheses. cutime and cstime are fields 16 and 17.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (BigInt(fields[13] ?? '0') + BigInt(fields[14] ?? '0')) * tickNs;
}

/** MiB of memory. */
export interface Memory {
  /** Resident, shared pages counted whole. */
  readonly rss: number;
  /** Resident and of no file: what would not be there without the process. */
  readonly anonymous: number;
  /** Resident, each page divided among the processes that map it. */
  readonly pss: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  const sum = (file: string, key: string) =>
    pids.reduce((total, pid) => total + kibibytes(readFileSync(`/proc/${pid}/${file}`, 'utf8'), key), 0) / 1024;
  return { rss: sum('status', 'VmRSS'), anonymous: sum('status', 'RssAnon'), pss: sum('smaps_rollup', 'Pss') };
}

function kibibytes(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? NaN);
}
