import { constants } from 'node:fs';
import { copyFile, link, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { at } from './bytes.js';
import { BackupError, errno, reasonOf } from './errors.js';
import type { Tree } from './copy-tree.js';

/**
 * - `reflink`: copies that share their blocks until one is written to; the file system must be able to.
 * - `link`: hard links to what the node never changes in place, copies of the rest; a stopped node, the same file system.
 * - `copy`: copies.
 */
export type Strategy = 'reflink' | 'link' | 'copy';

export interface Choice {
  readonly strategy: Strategy;
  /** Why this one, for a log line. */
  readonly reason: string;
}

/** Refuses, before anything is done, what would endanger the backup: hard links of a running node's files. */
export function refuseRunning(asked: Strategy | 'auto', stopped: boolean): void {
  if (asked !== 'link' || stopped) return;
  throw new BackupError('BACKUP_NODE_RUNNING', 'hard links are only safe while the node is stopped', {
    hint: 'stop the node first, or take the strategy "copy" or "reflink"',
  });
}

/**
 * Tries on the very pair of directories what the file systems can do, and chooses. A strategy that cannot be had there
 * becomes a copy, never an error.
 */
export async function chooseStrategy(asked: Strategy | 'auto', stopped: boolean, tree: Tree): Promise<Choice> {
  if (asked === 'copy') return { strategy: 'copy', reason: 'asked for' };
  const wanted = asked === 'auto' ? '' : ', asked for';
  const isNearby = await onOneFileSystem(tree);
  const apart = 'the backup is on another file system than the data';
  let why = '';
  if (asked !== 'link') {
    const refused = isNearby ? await refusal(tree, 'reflink') : apart;
    if (refused === undefined) return { strategy: 'reflink', reason: `the file system can share blocks${wanted}` };
    if (asked === 'reflink') return { strategy: 'copy', reason: `no reflink: ${refused}` };
    why = isNearby ? `no reflink: ${refused}; ` : '';
  }
  if (!isNearby) return { strategy: 'copy', reason: apart };
  if (!stopped) return { strategy: 'copy', reason: `${why}no hard links: the node runs` };
  const refused = await refusal(tree, 'link');
  if (refused !== undefined) return { strategy: 'copy', reason: `${why}no hard links: ${refused}` };
  return { strategy: 'link', reason: `${why}the node is stopped and the file system is the same${wanted}` };
}

async function onOneFileSystem({ from, to }: Tree): Promise<boolean> {
  const [source, target] = await Promise.all([stat(from), stat(to)]);
  return source.dev === target.dev;
}

/** Why the file systems refuse it; undefined where they do not, or there is nothing to try it with. */
async function refusal(tree: Tree, strategy: 'reflink' | 'link'): Promise<string | undefined> {
  const candidates = tree.entries.filter((entry) => entry.type === 'file' && entry.size > 0);
  const sample = strategy === 'link' ? candidates.find(({ path }) => tree.links.has(path)) : candidates[0];
  if (sample === undefined) return strategy === 'link' ? undefined : 'there is no file to try it with';
  const probe = join(tree.to, 'probe');
  const source = at(tree.from, sample.path);
  try {
    if (strategy === 'link') await link(source, probe);
    else await copyFile(source, probe, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return undefined;
  } catch (error) {
    if (['EOPNOTSUPP', 'ENOTSUP', 'ENOTTY', 'ENOSYS'].includes(errno(error) ?? ''))
      return 'the file system does not support it';
    return reasonOf(error);
  } finally {
    await rm(probe, { force: true });
  }
}
