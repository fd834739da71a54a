import { spawn } from 'node:child_process';
import { fstatSync, readdirSync } from 'node:fs';
import { procStat } from '../proc-stat.ts';
import type { Journal } from './journal.ts';

/** Regular files that this process was started with beyond its streams, such as a supervisor's lock. Call it before opening any. */
export function inheritedFiles(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      if (fd <= 2) return false;
      try {
        return fstatSync(fd).isFile();
      } catch {
        return false;
      }
    });
}

/** Starts a process of this group that outlives the node. It holds the streams and the inherited files, as a child of a Go process would. */
export function spawnGrandchild(home: string, inherited: readonly number[], journal: Journal): void {
  const stdio: ('ignore' | number)[] = ['ignore', 1, 2];
  for (const fd of inherited) {
    while (stdio.length < fd) stdio.push('ignore');
    stdio[fd] = fd;
  }
  const child = spawn('sleep', ['600'], { stdio, env: { ...process.env, FAKE_NODE_HOME: home } });
  child.unref();
  if (child.pid === undefined) return;
  journal({ event: 'grandchild', child: child.pid, startTime: procStat(child.pid)?.startTime ?? '' });
}
