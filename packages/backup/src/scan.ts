import type { Stats } from 'node:fs';
import { lstatSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { BytePath } from './bytes.js';
import { at, fromName, joined, shown, shownAt } from './bytes.js';
import { isAbsent, readFailed } from './errors.js';
import { inSlices } from './pool.js';
import type { Meter } from './progress.js';

/** What of a tree can be copied, as it was when it was looked at. */
export interface Found {
  readonly path: BytePath;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes of a regular file; 0 for all else. */
  readonly size: number;
  /** Bytes on disk. Less than `size` for a file with holes. */
  readonly allocated: number;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid: number;
  readonly gid: number;
  /** Where a symlink leads, as bytes. */
  readonly target?: BytePath;
}

/** What is not in a backup, and why. */
export interface Skipped {
  readonly path: string;
  readonly why: 'socket' | 'fifo' | 'device' | 'vanished';
}

export interface Scanned {
  /** Every directory before what is in it; the root first. */
  readonly entries: Found[];
  readonly skipped: Skipped[];
}

export interface ScanOptions {
  readonly signal: AbortSignal | undefined;
  readonly meter: Meter;
  /** A path that is passed over, with all below it. */
  readonly leaveOut: BytePath;
}

/**
 * Everything below a directory, links not followed. What vanishes meanwhile is told among the skipped.
 * Throws BackupError: `BACKUP_READ_FAILED`, `BACKUP_ABORTED`.
 */
export async function scan(root: string, options: ScanOptions): Promise<Scanned> {
  const entries: Found[] = [];
  const skipped: Skipped[] = [];
  const waiting: BytePath[] = [];

  const look = (path: BytePath): void => {
    try {
      const stats = lstatSync(at(root, path));
      const why = whySkipped(stats);
      if (why !== undefined) {
        skipped.push({ path: shown(path), why });
        return;
      }
      const entry = found(root, path, stats);
      entries.push(entry);
      if (entry.type === 'directory') waiting.push(path);
      options.meter.add(1, entry.size);
    } catch (error) {
      if (!isAbsent(error) || path === '') throw readFailed(`cannot read ${shownAt(root, path)}`, error);
      skipped.push({ path: shown(path), why: 'vanished' });
    }
  };

  look('');
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const names = await namesIn(root, directory);
    if (names === undefined) {
      // Its entry is there already, for the time in which it was.
      skipped.push({ path: shown(directory), why: 'vanished' });
      continue;
    }
    const paths = names.map((name) => joined(directory, name)).filter((path) => path !== options.leaveOut);
    await inSlices(paths, options.signal, look);
  }
  return { entries, skipped };
}

async function namesIn(root: string, directory: BytePath): Promise<BytePath[] | undefined> {
  try {
    return (await readdir(at(root, directory), { encoding: 'buffer' })).map(fromName);
  } catch (error) {
    if (isAbsent(error) && directory !== '') return undefined;
    throw readFailed(`cannot read the directory ${shownAt(root, directory)}`, error);
  }
}

function whySkipped(stats: Stats): Skipped['why'] | undefined {
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'fifo';
  return stats.isBlockDevice() || stats.isCharacterDevice() ? 'device' : undefined;
}

function found(root: string, path: BytePath, stats: Stats): Found {
  const { mtimeMs, uid, gid } = stats;
  const common = { path, mode: stats.mode & 0o7777, mtimeMs, uid, gid };
  if (stats.isDirectory()) return { ...common, type: 'directory', size: 0, allocated: 0 };
  if (stats.isFile()) return { ...common, type: 'file', size: stats.size, allocated: stats.blocks * 512 };
  const target = fromName(readlinkSync(at(root, path), { encoding: 'buffer' }));
  return { ...common, type: 'symlink', size: 0, allocated: 0, target };
}
