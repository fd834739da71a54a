import { chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BytePath } from './bytes.js';
import { joined } from './bytes.js';
import { copyTree } from './copy-tree.js';
import type { CopyOptions, Kept, Tree } from './copy-tree.js';
import type { Backup, CreateOptions, Outside } from './create.js';
import { BackupError, throwIfAborted, writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { linkable } from './linkable.js';
import { OUTSIDE, OWN } from './manifest.js';
import type { Entry, Header } from './manifest.js';
import type { Meter } from './progress.js';
import { scan } from './scan.js';
import type { Skipped } from './scan.js';
import { isWritten, sealTree } from './seal-tree.js';
import { expectRoom, neededFor } from './space.js';
import { chooseStrategy } from './strategy.js';
import type { Choice } from './strategy.js';
import { amounts, bytesOf, leadingOut } from './summary.js';
import { writeManifest } from './write-manifest.js';

/** What `createBackup` was asked for, its paths real. */
export interface Work extends CreateOptions {
  readonly outside: readonly Outside[];
  readonly temporary: string;
  readonly meter: Meter;
  readonly concurrency: number;
}

/** Fills the hidden directory with all that the backup is to hold, on disk when it resolves. */
export async function make(work: Work): Promise<Omit<Backup, 'name' | 'path'>> {
  const { temporary, meter, signal, concurrency, stopped } = work;
  meter.begin('scanning', 0, 0);
  const skipped: Skipped[] = [];
  const look = async (from: string, prefix: string): Promise<Part> => {
    const found = await scan(from, { signal, meter, leaveOut: OWN });
    skipped.push(...found.skipped.map((one) => ({ ...one, path: joined(prefix, one.path) })));
    const links = prefix === '' ? await linkable(from, found.entries) : new Set<BytePath>();
    return { from, to: join(temporary, prefix), entries: found.entries, links, prefix };
  };
  const tree = await look(work.data, '');
  const trees = [tree];
  for (const { name, path } of work.outside) trees.push(await look(path, `${OUTSIDE}/${name}`));
  meter.end();
  const vanished = stopped ? skipped.find(({ why }) => why === 'vanished') : undefined;
  if (vanished !== undefined) {
    throw new BackupError(
      'BACKUP_SOURCE_CHANGED',
      `${join(work.data, vanished.path)} vanished: something writes to the data`,
      {
        hint: 'see who does: nothing may use the data while it is backed up',
      },
    );
  }

  await makeDirectories(work, tree);
  const choice = await chooseStrategy(work.strategy, stopped, tree);
  const needs = trees.map((one) => neededFor(one, choice.strategy));
  await expectRoom(dirname(temporary), {
    bytes: needs.reduce((sum, need) => sum + need.bytes, 0),
    inodes: needs.reduce((sum, need) => sum + need.inodes, 0),
  });

  const copying: CopyOptions = { strategy: choice.strategy, stopped, concurrency, signal, meter };
  const all = trees.flatMap((one) => one.entries);
  meter.begin('copying', all.length, bytesOf(all));
  const kept: Kept[][] = [];
  for (const one of trees) {
    const copied = await copyTree(one, copying);
    skipped.push(...copied.skipped.map((entry) => ({ ...entry, path: joined(one.prefix, entry.path) })));
    kept.push(copied.kept);
  }
  meter.end();

  const written = kept.flat().filter(isWritten);
  meter.begin('syncing', written.length, bytesOf(written));
  for (const [index, one] of trees.entries()) if (index > 0) await sealTree(one.to, kept[index] ?? [], copying);
  const entries: Entry[] = trees.flatMap(({ prefix }, index) =>
    (kept[index] ?? []).map((entry) => ({ ...entry, path: below(prefix, entry.path) })),
  );
  await writeManifest(temporary, { header: headerFor(work, choice, entries, skipped), entries }, ownerOf(tree));
  // The data's own directory at the very end: each name in it changes its time.
  await sealTree(temporary, kept[0] ?? [], copying);
  meter.end();
  throwIfAborted(signal);
  return { ...choice, ...amounts(kept.flat()), skipped, leadOut: leadingOut(tree) };
}

interface Part extends Tree {
  /** Where it is in the backup. */
  readonly prefix: string;
}

/** The root of a part has no slash at its end. */
const below = (prefix: string, path: BytePath): BytePath => (path === '' ? prefix : joined(prefix, path));

const ownerOf = (tree: Tree): { uid: number; gid: number } => ({
  uid: tree.entries[0]?.uid ?? 0,
  gid: tree.entries[0]?.gid ?? 0,
});

async function makeDirectories(work: Work, tree: Tree): Promise<void> {
  const { temporary } = work;
  const outside = work.outside.map(({ name }) => join(temporary, OUTSIDE, name));
  const own = outside.length === 0 ? [join(temporary, OWN)] : [join(temporary, OWN), join(temporary, OUTSIDE)];
  const { uid, gid } = ownerOf(tree);
  try {
    await mkdir(temporary, { mode: 0o700 });
    for (const path of own) {
      await mkdir(path, { mode: 0o755 });
      if (process.geteuid?.() === 0) await chown(path, uid, gid);
    }
    for (const path of outside) await mkdir(path, { mode: 0o700 });
    // Our own one is written out with the manifest.
    for (const path of own.slice(1)) await fsyncPath(path);
  } catch (error) {
    throw writeFailed(`cannot make the directory ${temporary}`, error);
  }
}

function headerFor(work: Work, choice: Choice, entries: readonly Entry[], skipped: readonly Skipped[]): Header {
  const { name, stopped, data, about = null, outside } = work;
  const made = { name, madeAt: new Date().toISOString(), ...choice, stopped, data, outside, about };
  return { ...made, entries: entries.length, bytes: bytesOf(entries), skipped };
}
