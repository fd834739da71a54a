import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@chainvisor/testkit';

/** A control group with little memory. */
export interface MemoryGroup {
  /** What a process writes its pid into, to be in it. */
  readonly join: string;
  /** How many processes the kernel has killed in it for want of memory. */
  readonly killed: () => number;
  readonly remove: () => Promise<void>;
}

/** A child of the control group that we are in; none of ours is changed. Throws where the system does not let us make one. */
export function makeMemoryGroup(bytes: number): MemoryGroup {
  const { dir, limit, events } = place();
  const group = join(dir, `chainvisor-${process.pid}-${performance.now().toString(36).replace('.', '')}`);
  mkdirSync(group);
  try {
    writeFileSync(join(group, limit), String(bytes), { flag: 'r+' });
  } catch (error) {
    rmdirSync(group);
    throw error;
  }
  return {
    join: join(group, 'cgroup.procs'),
    killed: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(group, events), 'utf8'))?.[1] ?? 0),
    // Not possible before the last of its processes is collected.
    remove: async () => {
      await waitFor('the end of the control group', () => {
        rmdirSync(group);
        return true;
      });
    },
  };
}

/** Why no such group can be made; undefined where one can. */
export async function whyNoMemoryGroup(): Promise<string | undefined> {
  try {
    await makeMemoryGroup(64 * 1024 * 1024).remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Place {
  readonly dir: string;
  readonly limit: string;
  readonly events: string;
}

/** The memory controller's directory of our own group: of its own hierarchy (version 1), or of the one of all (version 2). */
function place(): Place {
  const groups = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const first = mounts.find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes('memory'));
  const own = groups.map((line) => line.split(':')).find(([, names]) => names?.split(',').includes('memory'));
  if (first?.[1] !== undefined && own !== undefined) {
    return { dir: join(first[1], own[2] ?? ''), limit: 'memory.limit_in_bytes', events: 'memory.oom_control' };
  }
  const second = mounts.find(([, , type]) => type === 'cgroup2')?.[1];
  const path = groups.find((line) => line.startsWith('0::'))?.slice('0::'.length);
  if (second === undefined || path === undefined) throw new Error('no control groups are mounted');
  return { dir: join(second, path), limit: 'memory.max', events: 'memory.events' };
}
