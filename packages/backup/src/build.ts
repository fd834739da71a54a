import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyTree } from './copy-tree.js';
import type { CopyOptions, Kept, Tree } from './copy-tree.js';
import type { Outside } from './create.js';
import { BackupError, readFailed, writeFailed } from './errors.js';
import { exists, fsyncPath } from './files.js';
import { locate } from './locate.js';
import type { Located } from './locate.js';
import { claimName } from './owner.js';
import type { ReadingOptions, Stored } from './read-backup.js';
import { isWritten, sealTree } from './seal-tree.js';
import { expectRoom, neededFor } from './space.js';
import type { Need } from './space.js';
import { chooseStrategy } from './strategy.js';
import type { Choice, Strategy } from './strategy.js';
import { bytesOf } from './summary.js';
import { swapRefused } from './swap.js';
import type { Pair } from './swap.js';
import { clearClaims } from './unfinished.js';

/**
 * Which directories are exchanged for which, the data first, and under which hidden names the new ones are made.
 * Throws BackupError: `BACKUP_ASIDE_EXISTS`, `BACKUP_SWAP_REFUSED`, `BACKUP_DATA_INVALID`, `BACKUP_READ_FAILED`,
 * `BACKUP_WRITE_FAILED`.
 */
export async function claimPairs(
  data: Located,
  aside: string,
  outside: readonly Outside[],
): Promise<[Pair, ...Pair[]]> {
  const first = await pairFor(data, aside);
  const others: Pair[] = [];
  for (const { name, path } of outside) {
    const place = await locate('the outside directory', path);
    await clearClaims(place.parent, {}, ['restoring'], place.base);
    others.push(await pairFor(place, `${aside}-${name}`));
  }
  return [first, ...others].map((pair) => ({
    ...pair,
    ready: join(dirname(pair.target), claimName(pair.target.slice(dirname(pair.target).length + 1), 'restoring')),
  })) as [Pair, ...Pair[]];
}

async function pairFor(place: Located, name: string): Promise<Pair> {
  const aside = join(place.parent, name);
  try {
    if (place.isThere && (await exists(aside))) {
      throw new BackupError('BACKUP_ASIDE_EXISTS', `${aside} exists: the old data cannot get that name`, {
        hint: 'give another name, or remove it where it is no longer needed',
      });
    }
    if (place.isThere && (await stat(place.path)).dev !== (await stat(place.parent)).dev)
      throw swapRefused(`${place.path} is a mount point`);
  } catch (error) {
    throw readFailed(`cannot look at ${place.path}`, error);
  }
  return { target: place.path, ready: '', aside, replaces: place.isThere };
}

export interface Built {
  readonly choice: Choice;
  readonly kept: readonly Kept[];
  /** Writes all of it to disk. */
  readonly seal: () => Promise<void>;
}

/** Fills the new directories. Throws as `copyTree` and `expectRoom` do. */
export async function build(
  parts: readonly Stored[],
  pairs: readonly [Pair, ...Pair[]],
  asked: Strategy | 'auto',
  options: ReadingOptions,
): Promise<Built> {
  const { meter } = options;
  const trees: Tree[] = parts.map((part, index) => ({ ...part, to: pairs[index]?.ready ?? '' }));
  for (const { to } of trees) {
    await mkdir(to, { mode: 0o700 }).catch((error: unknown) => {
      throw writeFailed(`cannot make the directory ${to}`, error);
    });
  }
  const choice = await chooseStrategy(asked, true, trees[0] as Tree);
  await expectRoomForAll(trees, choice.strategy);

  const copying: CopyOptions = { ...options, strategy: choice.strategy, stopped: true };
  const all = trees.flatMap(({ entries }) => entries);
  meter.begin('copying', all.length, bytesOf(all));
  const kept: Kept[][] = [];
  for (const tree of trees) kept.push((await copyTree(tree, copying)).kept);
  meter.end();

  const seal = async (): Promise<void> => {
    const written = kept.flat().filter(isWritten);
    meter.begin('syncing', written.length, bytesOf(written));
    for (const [index, { to }] of trees.entries()) await sealTree(to, kept[index] ?? [], copying);
    for (const { to } of trees) await fsyncPath(dirname(to));
    meter.end();
  };
  return { choice, kept: kept.flat(), seal };
}

/** Each directory by itself, and together those that are in the same one. */
async function expectRoomForAll(trees: readonly Tree[], strategy: Strategy): Promise<void> {
  for (const [parent, inside] of Map.groupBy(trees, ({ to }) => dirname(to))) {
    const sum = (a: Need, b: Need): Need => ({ bytes: a.bytes + b.bytes, inodes: a.inodes + b.inodes });
    await expectRoom(parent, inside.map((tree) => neededFor(tree, strategy)).reduce(sum));
  }
}
