import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** What this process has under way; of what else bears its name, nobody writes any more. */
const underWay = new Set<string>();

/**
 * A hidden name beside `name` for something unfinished, of one kind. It says which process makes it, so that another one
 * can tell whether that is still at it. `release` it when it is gone or renamed.
 */
export function claimName(name: string, kind: UnfinishedKind): string {
  const { pid, startTime, machine, boot, namespace } = whoIs('self');
  const owner = [pid, startTime, machine, boot, namespace, randomBytes(4).toString('hex')].join('-');
  const claimed = `.${name}.${kind}-${owner}`;
  underWay.add(claimed);
  return claimed;
}

export const release = (name: string): boolean => underWay.delete(name);

export type UnfinishedKind = 'unfinished' | 'removing' | 'restoring';

const NAME = /^\.(.+)\.(unfinished|removing|restoring)-(\d+)-(\d+)-([\da-f]{8})-([\da-f]{8})-([\da-f]{8})-[\da-f]{8}$/s;

export interface Unfinished {
  /** The name that it would have got, or had. */
  readonly of: string;
  readonly kind: UnfinishedKind;
  /** Whether the process that made it still lives; undefined where that cannot be told from here. */
  readonly isAlive: boolean | undefined;
}

/** What a name of `claimName` says; undefined for any other. */
export function readClaim(name: string): Unfinished | undefined {
  const [, of, kind, pid, startTime, machine, boot, namespace] = NAME.exec(name) ?? [];
  if (of === undefined || pid === undefined) return undefined;
  const here = whoIs('self');
  const claim = { of, kind: kind as UnfinishedKind };
  if (underWay.has(name)) return { ...claim, isAlive: true };
  // The same machine in another run: whoever it was, it is gone.
  if (machine === here.machine && machine !== UNKNOWN && boot !== UNKNOWN && boot !== here.boot)
    return { ...claim, isAlive: false };
  if (boot !== here.boot || namespace !== here.namespace || boot === UNKNOWN) return { ...claim, isAlive: undefined };
  if (Number(pid) === here.pid) return { ...claim, isAlive: false };
  const there = whoIs(pid);
  return { ...claim, isAlive: there.isAlive && there.startTime === Number(startTime) };
}

const UNKNOWN = '00000000';

interface Who {
  readonly pid: number;
  readonly startTime: number;
  readonly isAlive: boolean;
  readonly machine: string;
  readonly boot: string;
  readonly namespace: string;
}

function whoIs(pid: string): Who {
  const stat = read(`/proc/${pid}/stat`) ?? '';
  // After the command's name, which may hold anything: the state, and the time it started as the 22nd field of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid: Number.parseInt(stat, 10) || 0,
    startTime: Number(fields[19] ?? 0),
    isAlive: stat !== '' && !['Z', 'X'].includes(fields[0] ?? ''),
    machine: short(read('/etc/machine-id')),
    boot: short(read('/proc/sys/kernel/random/boot_id')),
    namespace: short(linkOf('/proc/self/ns/pid')),
  };
}

const short = (text: string | undefined): string =>
  text === undefined || text.trim() === ''
    ? UNKNOWN
    : createHash('sha256').update(text.trim()).digest('hex').slice(0, 8);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
