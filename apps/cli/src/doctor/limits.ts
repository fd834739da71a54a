import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errno } from '@chainvisor/report';
import { sizeText } from '../backup/texts.js';
import { type Check, checker } from './check.js';
import type { Facts } from './facts.js';

const { ok, note, warning } = checker('limits');

/** What guides and the databases ask for. */
const enoughFiles = 65_535;

/** What the system lets a node have: open files, watches, memory. */
export async function limits({ home, unit }: Facts): Promise<readonly Check[]> {
  const pid = home?.alive.node?.pid;
  return [...(await ofFiles(pid, unit !== undefined)), ofWatches(), ...(await ofMemory(pid))];
}

/** A node raises its limit to the hard one by itself; so does chainvisor before it. That of a unit is linted there. */
async function ofFiles(pid: number | undefined, hasUnit: boolean): Promise<Check[]> {
  if (pid === undefined && hasUnit) return [];
  const whose = pid === undefined ? 'a node that is started from here' : 'the running node';
  const text = await readFile(`/proc/${pid ?? 'self'}/limits`, 'utf8').catch(() => undefined);
  const hard = /^Max open files +\S+ +(\S+)/m.exec(text ?? '')?.[1];
  if (hard === undefined) return [note(`how many files ${whose} may open cannot be told`)];
  if (hard === 'unlimited' || Number(hard) >= enoughFiles) return [ok(`${whose} may open ${hard} files`)];
  // A limit of the shell says little of how the node is started.
  return [
    (pid === undefined ? note : warning)(`${whose} may open only ${hard} files`, {
      why: `a node with a large database ends with "too many open files"; ${enoughFiles} are enough`,
      do: `set LimitNOFILE=${enoughFiles + 1} in its unit, and restart it`,
    }),
  ];
}

/** Tries one: how many a user has left is told nowhere. */
function ofWatches(): Check {
  try {
    watch('/proc/self', { persistent: false }).close();
    return ok('a file can be watched');
  } catch (error) {
    const name = errno(error);
    if (name !== 'EMFILE' && name !== 'ENOSPC') return note('whether files can be watched cannot be told');
    return note('no file can be watched any more: chainvisor looks at upgrade-info.json at intervals instead', {
      why: 'other programs of this user have taken all instances or watches of inotify',
      do: 'raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl)',
    });
  }
}

/** The limit of the node's control group, and whether it was met. */
async function ofMemory(pid: number | undefined): Promise<Check[]> {
  const groups = await readFile(`/proc/${pid ?? 'self'}/cgroup`, 'utf8').catch(() => '');
  const path = /^0::(.*)$/m.exec(groups)?.[1];
  if (path === undefined) return [];
  const of = (name: string) => readFile(`/sys/fs/cgroup${path}/${name}`, 'utf8').catch(() => '');
  const [most, events] = await Promise.all([of('memory.max'), of('memory.events')]);
  const checks: Check[] = [];
  if (/^\d+$/.test(most.trim())) {
    checks.push(
      note(`its control group may take ${sizeText(Number(most))} of memory`, {
        why: 'a migration may take more than the node before it, and is then killed in the middle',
      }),
    );
  }
  const kills = Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
  if (pid !== undefined && kills > 0) {
    checks.push(
      warning(`the kernel has killed processes of the node's control group for want of memory: ${kills}`, {
        do: 'raise MemoryMax=, or give the machine more memory',
      }),
    );
  }
  return checks;
}
