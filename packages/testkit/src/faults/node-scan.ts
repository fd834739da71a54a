import { readdirSync, readFileSync } from 'node:fs';
import { isAlive, procStat } from '../proc-stat.ts';

/** A node that was seen alive. */
export interface SeenNode {
  readonly pid: number;
  readonly startTime: string;
  readonly cmdline: string;
}

/** Which nodes are meant. */
export interface NodesOf {
  /** The home, or the directory that it lies in. */
  readonly path: string;
  readonly daemon: string;
}

/** Milliseconds in which a process that does not name the home may still become a node by exec. */
const YOUNG = 1000;

/**
 * Looks for the nodes, fake or real, of one home that live at this moment. A process is one from its exec on, by its command
 * line: the daemon's file, `start`, and the home somewhere. So a shell wrapper is none, nor is what a node has forked.
 * Between two looks nothing is kept but what spares reading again: who is a node, and who can be none.
 */
export function nodeScan({ path, daemon }: NodesOf): () => SeenNode[] {
  const dismissed = new Set<number>();
  const firstSeen = new Map<number, number>();
  const nodes = new Map<number, SeenNode>();

  const look = (pid: number, now: number): void => {
    const argv = commandLine(pid);
    const names = argv?.some((text) => text.includes(path)) ?? false;
    if (argv !== undefined && names && isNode(argv, daemon)) {
      const stat = procStat(pid);
      if (stat === undefined || nodes.has(stat.ppid)) return;
      nodes.set(pid, { pid, startTime: stat.startTime, cmdline: argv.join(' ') });
      return;
    }
    const since = firstSeen.get(pid) ?? now;
    firstSeen.set(pid, since);
    // The supervisor's copies and wrappers name the home: they are looked at for as long as they live.
    if (!names && now - since > YOUNG) dismissed.add(pid);
  };

  return () => {
    const now = performance.now();
    const pids = new Set(
      readdirSync('/proc')
        .map(Number)
        .filter((pid) => Number.isInteger(pid)),
    );
    for (const known of [dismissed, firstSeen, nodes]) {
      for (const pid of known.keys()) if (!pids.has(pid)) known.delete(pid);
    }
    for (const pid of pids) if (!nodes.has(pid) && !dismissed.has(pid)) look(pid, now);
    // Last: who lives now lived when the newest was found.
    for (const { pid, startTime } of nodes.values()) if (!isAlive(pid, startTime)) nodes.delete(pid);
    return [...nodes.values()];
  };
}

function commandLine(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return undefined;
  }
}

/** A fake node is run by its interpreter, a real one by itself. */
function isNode(argv: readonly string[], daemon: string): boolean {
  const [file, command] = argv[0] === process.execPath ? argv.slice(1) : argv;
  return file?.endsWith(`/${daemon}`) === true && command === 'start';
}
