import { chmodSync, constants, lchownSync, linkSync, lstatSync, lutimesSync, utimesSync } from 'node:fs';
import { copyFile, lstat, mkdir, open, symlink } from 'node:fs/promises';
import type { BytePath } from './bytes.js';
import { at, shown, shownAt } from './bytes.js';
import { copyContent } from './copy-file.js';
import { BackupError, errno, isAbsent, readFailed, writeFailed } from './errors.js';
import { eachOf, inSlices } from './pool.js';
import type { Meter } from './progress.js';
import type { Found, Skipped } from './scan.js';
import type { Strategy } from './strategy.js';

export type How = 'linked' | 'cloned' | 'copied';

/** What of a tree is in its copy now. */
export interface Kept extends Found {
  readonly how: How;
}

export interface Tree {
  readonly from: string;
  readonly to: string;
  readonly entries: readonly Found[];
  /** What is linked, where the strategy is `link`. */
  readonly links: ReadonlySet<BytePath>;
}

export interface CopyOptions {
  readonly strategy: Strategy;
  /** Nobody writes there: what changes or vanishes nevertheless is an error. */
  readonly stopped: boolean;
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly meter: Meter;
}

export interface Copied {
  /** As they are in the copy, in the order of `entries`. */
  readonly kept: Kept[];
  readonly skipped: Skipped[];
}

export const isRoot = (): boolean => process.geteuid?.() === 0;

/**
 * Copies the files and links of a tree into a directory that has none of them, with mode, mtime and, as root, owner. Directories
 * are made, and closed by `sealTree` when all is in them.
 *
 * Throws BackupError: `BACKUP_READ_FAILED`, `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_SOURCE_CHANGED`, `BACKUP_ABORTED`.
 */
export async function copyTree(tree: Tree, options: CopyOptions): Promise<Copied> {
  const kept = new Map<BytePath, Kept>();
  const skipped: Skipped[] = [];
  for (const entry of tree.entries) {
    if (entry.type !== 'directory') continue;
    try {
      if (entry.path !== '') await mkdir(at(tree.to, entry.path), { mode: 0o700 });
    } catch (error) {
      throw writeFailed(`cannot make the directory ${shownAt(tree.to, entry.path)}`, error);
    }
    kept.set(entry.path, { ...entry, how: 'copied' });
    options.meter.add(1, 0);
  }
  const others: Found[] = [];
  await inSlices(tree.entries, options.signal, (entry) => {
    if (entry.type === 'directory') return;
    const linked = options.strategy === 'link' && tree.links.has(entry.path) ? linkEntry(tree, entry) : undefined;
    if (linked === undefined) others.push(entry);
    else kept.set(entry.path, linked);
    if (linked !== undefined) options.meter.add(1, entry.size);
  });
  await eachOf(others, options.concurrency, options.signal, async (entry) => {
    const result = await copyEntry(tree, entry, options);
    if (result === undefined) skipped.push({ path: shown(entry.path), why: 'vanished' });
    else kept.set(entry.path, result);
  });
  const inOrder = tree.entries.map((entry) => kept.get(entry.path)).filter((entry) => entry !== undefined);
  return { kept: inOrder, skipped };
}

/** Undefined where the file is to be copied after all. */
function linkEntry(tree: Tree, entry: Found): Kept | undefined {
  const to = at(tree.to, entry.path);
  try {
    linkSync(at(tree.from, entry.path), to);
    const placed = lstatSync(to);
    if (placed.size !== entry.size || placed.mtimeMs !== entry.mtimeMs) throw changed(tree, entry, 'was written to');
    return { ...entry, how: 'linked' };
  } catch (error) {
    // What else is wrong with it, copying tells.
    if (error instanceof BackupError) throw error;
    if (CANNOT.includes(errno(error) ?? '') || isAbsent(error)) return undefined;
    throw writeFailed(`cannot link ${shownAt(tree.from, entry.path)} to ${shownAt(tree.to, entry.path)}`, error);
  }
}

async function copyEntry(tree: Tree, entry: Found, options: CopyOptions): Promise<Kept | undefined> {
  const to = at(tree.to, entry.path);
  try {
    const how = await place(tree, entry, to, options);
    dress(to, entry);
    const placed = lstatSync(to);
    if (options.stopped) expectUnchanged(tree, entry, placed.size);
    const size = entry.type === 'file' ? placed.size : entry.size;
    return { ...entry, size, mtimeMs: placed.mtimeMs, how };
  } catch (error) {
    if (isAbsent(error) && !(await isThere(tree, entry))) {
      if (!options.stopped) return undefined;
      throw changed(tree, entry, 'vanished');
    }
    throw await blame(tree, entry, error);
  }
}

async function place(tree: Tree, entry: Found, to: Buffer, options: CopyOptions): Promise<How> {
  const from = at(tree.from, entry.path);
  const { signal, meter, strategy } = options;
  if (entry.type === 'symlink') {
    await symlink(Buffer.from(entry.target ?? '', 'latin1'), to);
    meter.add(1, entry.size);
    return 'copied';
  }
  if (strategy === 'reflink' && (await cloned(from, to))) {
    meter.add(1, entry.size);
    return 'cloned';
  }
  await copyContent(from, to, entry, signal, (bytes) => meter.add(0, bytes));
  meter.add(1, 0);
  return 'copied';
}

const CLONE = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE;

/** Another file system below the directory, another's file, too many links, an immutable one: such a file is copied. */
const CANNOT = ['EXDEV', 'EPERM', 'EMLINK', 'EOPNOTSUPP', 'ENOTSUP', 'ENOTTY', 'EINVAL', 'ENOSYS'];

async function cloned(from: Buffer, to: Buffer): Promise<boolean> {
  try {
    await copyFile(from, to, CLONE);
    return true;
  } catch (error) {
    if (CANNOT.includes(errno(error) ?? '')) return false;
    throw error;
  }
}

/** Gives a copy its owner, mode and time: calls that take less time than it takes to hand them to another thread. */
function dress(to: Buffer, entry: Found): void {
  const seconds = entry.mtimeMs / 1000;
  if (isRoot()) {
    lchownSync(to, entry.uid, entry.gid);
    // A change of owner takes these bits away.
    if (entry.type !== 'symlink' && (entry.mode & 0o6000) !== 0) chmodSync(to, entry.mode);
  }
  if (entry.type === 'symlink') lutimesSync(to, seconds, seconds);
  else utimesSync(to, seconds, seconds);
}

function expectUnchanged(tree: Tree, entry: Found, size: number): void {
  if (entry.type === 'symlink') return;
  const now = lstatSync(at(tree.from, entry.path));
  if (now.size !== entry.size || size !== entry.size || now.mtimeMs !== entry.mtimeMs)
    throw changed(tree, entry, 'was written to');
}

const changed = (tree: Tree, entry: Found, what: string): BackupError =>
  new BackupError('BACKUP_SOURCE_CHANGED', `${shownAt(tree.from, entry.path)} ${what} while it was copied`, {
    hint: 'the node, or another program, still runs on this data: stop it first',
  });

async function isThere(tree: Tree, entry: Found): Promise<boolean> {
  try {
    await lstat(at(tree.from, entry.path));
    return true;
  } catch (error) {
    return !isAbsent(error);
  }
}

/** Copying fails at either end with the same error; which end it was, a second look tells. */
async function blame(tree: Tree, entry: Found, error: unknown): Promise<BackupError> {
  if (error instanceof BackupError) return error;
  const from = shownAt(tree.from, entry.path);
  if (entry.type === 'file') {
    try {
      await (await open(at(tree.from, entry.path), 'r')).close();
    } catch (cause) {
      return readFailed(`cannot read ${from}`, cause);
    }
    if (errno(error) === 'EIO') return readFailed(`cannot copy ${from}`, error);
  }
  return writeFailed(`cannot copy ${from} to ${shownAt(tree.to, entry.path)}`, error);
}
