import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakePlan } from '@chainvisor/testkit';
import { randomBytes } from 'node:crypto';
import type { ExpectStatic } from 'vitest';

import type { FakeRun } from './fake-run.ts';

/** What switches backups on, which the homes of the other tests are without. */
export const withBackup = { UNSAFE_SKIP_BACKUP: 'false' };

/** A backup's name, as cosmovisor gives it. */
export const backupNamed = /^data-backup-\d{4}-\d{1,2}-\d{1,2}(?:-\d+)?$/;

/** The names of all backups in a directory, whoever made them; the home's by default. */
export async function backupsIn({ home }: FakeRun, parent = home.home): Promise<string[]> {
  return (await readdir(parent)).filter((name) => backupNamed.test(name)).toSorted();
}

/** What a backup, a removal of one or a restore that was cut off has left in a directory. */
export function unfinishedIn({ home }: FakeRun, parent = home.home): string[] {
  return readdirSync(parent).filter((name) => /^\..*\.(?:unfinished|removing|restoring)-/.test(name));
}

/** What the manifest's first line says that these tests ask for. */
export interface BackupHeader {
  readonly data: string;
  readonly strategy: string;
  readonly reason: string;
  readonly about: { readonly plan: { readonly name: string; readonly height: number }; readonly target: string };
}

/** The manifest's first line. Throws where there is none: the backup is not ours. */
export function headerOf(backup: string): BackupHeader {
  const [line = ''] = readFileSync(join(backup, '.chainvisor-backup/manifest.jsonl'), 'utf8').split('\n', 1);
  return JSON.parse(line) as BackupHeader;
}

/** Where the backups of a home that were made for this plan are. */
export async function backupsFor(run: FakeRun, plan: FakePlan, parent = run.home.home): Promise<string[]> {
  const paths = (await backupsIn(run, parent)).map((name) => join(parent, name));
  const ours = paths.filter((path) => existsSync(join(path, '.chainvisor-backup')));
  return ours.filter((path) => {
    const { name, height } = headerOf(path).about.plan;
    return name === plan.name && height === plan.height;
  });
}

/** The parts of the data that the fake node never touches, by what becomes of them in a backup by `link`. */
const parts = { linked: 'tx_index.db', copied: 'bulk' } as const;

/**
 * Puts into the data what makes a backup take its time: so many files that are copied, and a RocksDB with as many tables,
 * which can be linked. `size` in bytes, of each.
 */
export async function fillData({ home }: FakeRun, count: number, size: number): Promise<void> {
  const data = join(home.home, 'data');
  const [linked, copied] = [join(data, parts.linked), join(data, parts.copied)];
  await mkdir(linked, { recursive: true });
  await mkdir(copied, { recursive: true });
  const old = Date.now() / 1000 - 60;
  for (let index = 1; index <= count; index += 1) {
    const table = join(linked, `${String(index).padStart(6, '0')}.sst`);
    await writeFile(table, randomBytes(size));
    await utimes(table, old, old);
    await writeFile(join(copied, String(index)), randomBytes(size));
  }
  const last = String(count + 1).padStart(6, '0');
  await writeFile(join(linked, `OPTIONS-${last}`), '[Version]\n');
  await writeFile(join(linked, 'IDENTITY'), 'a');
  await writeFile(join(linked, `MANIFEST-${last}`), 'records');
  await writeFile(join(linked, 'CURRENT'), `MANIFEST-${last}\n`);
}

/** Checks that a backup holds, byte for byte, what `fillData` has put into the data, and the node as it was at the height. */
async function expectHolds(expect: ExpectStatic, run: FakeRun, backup: string, height: number): Promise<void> {
  const data = join(run.home.home, 'data');
  for (const part of Object.values(parts)) {
    if (!existsSync(join(data, part))) continue;
    const names = (await readdir(join(data, part))).toSorted();
    expect((await readdir(join(backup, part))).toSorted()).toEqual(names);
    const differing: string[] = [];
    for (const name of names) {
      const [here, there] = await Promise.all([data, backup].map((root) => readFile(join(root, part, name))));
      if (here === undefined || there?.equals(here) !== true) differing.push(name);
    }
    expect(differing).toEqual([]);
  }
  const state = async (file: string) => JSON.parse(await readFile(join(backup, file), 'utf8')) as unknown;
  expect(await state('priv_validator_state.json')).toMatchObject({ height: String(height) });
  // At a halt a node has stored the block of the height, and executed the one before.
  expect(await state('application.db/state.json')).toMatchObject({ height: height - 1 });
  expect(await state('blockstore.db/state.json')).toMatchObject({ height });
  expect(existsSync(join(backup, 'upgrade-info.json'))).toBe(true);
}

/** How many tables of the data are one file with the backup's. */
export async function linkedTables({ home }: FakeRun, backup: string): Promise<number> {
  const tables = (await readdir(join(backup, parts.linked))).filter((name) => name.endsWith('.sst'));
  const same = await Promise.all(
    tables.map(async (name) => {
      const places = [join(home.home, 'data'), backup].map((root) => stat(join(root, parts.linked, name)));
      const [here, there] = await Promise.all(places);
      return here?.ino === there?.ino && here?.dev === there?.dev;
    }),
  );
  return same.filter(Boolean).length;
}

/** Checks that one backup was made for each of these upgrades, whole, and that nothing unfinished is left. */
export async function expectBackedUp(
  expect: ExpectStatic,
  run: FakeRun,
  plans: readonly FakePlan[],
  parent = run.home.home,
): Promise<void> {
  for (const plan of plans) {
    const [backup = '', ...more] = await backupsFor(run, plan, parent);
    expect({ plan, more }).toEqual({ plan, more: [] });
    await expectHolds(expect, run, backup, plan.height);
  }
  expect(unfinishedIn(run, parent)).toEqual([]);
}
