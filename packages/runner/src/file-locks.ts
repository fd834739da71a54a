import { readFileSync, realpathSync, statSync } from 'node:fs';

import { fileId, lockedFilesOf, visibleProcesses, type FileId } from './locked-files.js';
import { factsOf } from './process-identity.js';

/** A process that holds a lock on a file. */
export interface LockHolder {
  /** Undefined where the system does not say who: a process of another PID namespace, or a lock of nobody in particular. */
  readonly pid: number | undefined;
  readonly file: string;
  /** Its command line; `unknown` where that cannot be seen. */
  readonly command: string;
  /** When it started, ISO 8601 in UTC. */
  readonly since?: string;
}

/**
 * Who holds a lock, of fcntl(2) or flock(2), on any of these files: all processes that we may look into, ourselves included,
 * and whom the kernel names besides (/proc/locks). Who only waits for a lock is no holder. Files that are missing have none.
 *
 * Reads the fdinfo of every descriptor of every process, about 10 µs each.
 */
export function lockHolders(files: readonly string[]): readonly LockHolder[] {
  const targets = files.flatMap((file) => {
    const id = idOf(file);
    return id === undefined ? [] : [{ file, id }];
  });
  if (targets.length === 0) return [];
  const locked = visibleProcesses().map((pid) => ({ pid, ids: lockedFilesOf(pid)?.map(({ id }) => id) }));
  return targets.flatMap(({ file, id }) => {
    const found = locked.filter(({ ids }) => ids?.includes(id)).map(({ pid }) => pid);
    if (found.length > 0) return found.map((pid) => holder(file, pid));
    // Of processes that we may not look into, the kernel's list is all there is.
    const hidden = new Set(locked.filter(({ ids }) => ids === undefined).map(({ pid }) => pid));
    const takers = takersOf(file, id).map((pid) => (hidden.has(pid) ? pid : undefined));
    return [...new Set(takers)].map((pid) => holder(file, pid));
  });
}

function holder(file: string, pid: number | undefined): LockHolder {
  if (pid === undefined) return { pid, file, command: 'unknown' };
  const { command, since } = factsOf(pid);
  return { pid, file, command, ...(since === undefined ? {} : { since }) };
}

/** Undefined for what is missing or cannot be reached. */
function idOf(file: string): FileId | undefined {
  try {
    return fileId(statSync(file, { bigint: true }));
  } catch {
    return undefined;
  }
}

/**
 * Who took the locks that are held on a file, by /proc/locks; proc(5). They may have handed a flock(2) on and died; a lock that
 * belongs to an open file and no process has -1. Those that are waited for have an arrow after their number, and are left out.
 */
function takersOf(file: string, id: FileId): readonly number[] {
  const place = `${deviceOf(file)}:${id.slice(id.indexOf(':') + 1)}`;
  const lines = readText('/proc/locks').matchAll(/^\d+: (?:POSIX|FLOCK|OFDLCK) +\S+ +\S+ +(-?\d+) (\S+) /gm);
  return [...lines].flatMap(([, pid, where]) => (where === place ? [Number(pid)] : []));
}

/**
 * The device under which the kernel lists the locks of a file: that of the mount its path leads through. On btrfs and
 * overlayfs it is not the one of stat(2).
 */
function deviceOf(file: string): string | undefined {
  const path = realPathOf(file);
  let longest = 0;
  let device: string | undefined;
  for (const line of readText('/proc/self/mountinfo').split('\n')) {
    const [, , numbers, , escaped] = line.split(' ');
    if (numbers === undefined || escaped === undefined) continue;
    const mountPoint = escaped.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    );
    const isAbove = mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
    // A later line of the same place is mounted over the earlier one.
    if (!isAbove || mountPoint.length < longest) continue;
    longest = mountPoint.length;
    device = numbers
      .split(':')
      .map((number) => Number(number).toString(16).padStart(2, '0'))
      .join(':');
  }
  return device;
}

function realPathOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // Gone by now.
    return file;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
