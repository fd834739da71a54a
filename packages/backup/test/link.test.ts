import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { inodeOf, makeHome, put as putAt, treeOf } from './home.ts';
import type { TestHome } from './home.ts';
import { manifestOf } from './leveldb.ts';

/** The paths that share their inode with the data, the others being copies. */
async function linkedOf({ data, create }: TestHome): Promise<string[]> {
  const backup = await create({ strategy: 'link' });
  expect(treeOf(backup.path)).toEqual(treeOf(data));
  const files = treeOf(data)
    .map((line) => line.split(' ')[0]?.slice(1) ?? '')
    .filter((path) => statSync(join(data, path)).isFile());
  const linked = files.filter((path) => inodeOf(join(data, path)) === inodeOf(join(backup.path, path)));
  expect(backup.linked.files).toBe(linked.length);
  expect(backup.copied.files).toBe(files.length - linked.length);
  return linked.sort();
}

it('links the tables of goleveldb that the MANIFEST records, of the size that it records', async () => {
  const home = makeHome();
  const { put } = home;
  put('application.db/CURRENT', 'MANIFEST-000007\n');
  put(
    'application.db/MANIFEST-000007',
    manifestOf([
      [3, 10],
      [5, 20],
      [4, 9],
    ]),
  );
  put('application.db/000003.ldb', Buffer.alloc(10));
  put('application.db/000004.ldb', Buffer.alloc(10));
  put('application.db/000005.ldb', Buffer.alloc(20));
  put('application.db/000008.ldb', Buffer.alloc(10));
  put('application.db/000006.log');
  put('application.db/LOG');
  put('application.db/LOCK', '');
  put('application.db/CURRENT.bak');
  put('000003.ldb', 'of no database');
  expect(await linkedOf(home)).toEqual(['application.db/000003.ldb', 'application.db/000005.ldb']);
});

it.each([
  ['CURRENT is cut short', 'CURRENT', 'MANIFEST-00'],
  ['another CURRENT is pending', 'CURRENT.000009', 'MANIFEST-000009\n'],
  ['the MANIFEST is damaged', 'MANIFEST-000007', Buffer.concat([Buffer.from('x'), manifestOf([[3, 10]]).subarray(1)])],
  ['the MANIFEST has an unknown field', 'MANIFEST-000007', manifestOf([], Buffer.from([42, 1]))],
  ['it has a file of RocksDB', 'IDENTITY', 'x'],
  ['it has a file of badger', '000001.vlog', 'x'],
])('links nothing of a goleveldb of which %s', async (_, name, content) => {
  const home = makeHome();
  home.put('state.db/CURRENT', 'MANIFEST-000007\n');
  home.put('state.db/MANIFEST-000007', manifestOf([[3, 10]]));
  home.put('state.db/000003.ldb', Buffer.alloc(10));
  home.put(`state.db/${name}`, content);
  expect(await linkedOf(home)).toEqual([]);
});

it('links what a torn MANIFEST has recorded before its end', async () => {
  const home = makeHome();
  const whole = manifestOf([[3, 10]]);
  home.put('state.db/CURRENT', 'MANIFEST-000007\n');
  home.put('state.db/MANIFEST-000007', Buffer.concat([whole, manifestOf([[4, 10]]).subarray(0, 12)]));
  home.put('state.db/000003.ldb', Buffer.alloc(10));
  home.put('state.db/000004.ldb', Buffer.alloc(10));
  expect(await linkedOf(home)).toEqual(['state.db/000003.ldb']);
});

it('reads MANIFEST records over many blocks', async () => {
  const home = makeHome();
  const tables = Array.from({ length: 9000 }, (_, n) => [n + 10, 10] as const);
  home.put('state.db/CURRENT', 'MANIFEST-000007\n');
  home.put('state.db/MANIFEST-000007', manifestOf(tables));
  home.put('state.db/000010.ldb', Buffer.alloc(10));
  home.put('state.db/009009.ldb', Buffer.alloc(10));
  home.put('state.db/009010.ldb', Buffer.alloc(10));
  expect(await linkedOf(home)).toEqual(['state.db/000010.ldb', 'state.db/009009.ldb']);
});

it('links tables and blob files of RocksDB and pebble that are older than the MANIFEST', async () => {
  const home = makeHome();
  for (const [db, names] of [
    ['rocks.db', ['CURRENT', 'IDENTITY', 'LOG', 'LOCK']],
    ['pebble.db', ['marker.format-version.000001.013', 'marker.manifest.000001.MANIFEST-000005', 'LOCK']],
    ['pebble-oldest.db', ['CURRENT', 'LOCK']],
  ] as const) {
    for (const name of [...names, 'OPTIONS-000006', '000004.log']) home.put(`${db}/${name}`, name);
    home.put(`${db}/MANIFEST-000005`, 'm', { age: 100 });
    home.put(`${db}/000002.sst`, 'table', { age: 200 });
    home.put(`${db}/000003.blob`, 'blob', { age: 200 });
    home.put(`${db}/000009.sst`, 'an orphan', { age: 50 });
    home.put(`${db}/notes.sst`, 'no table', { age: 200 });
  }
  expect(await linkedOf(home)).toEqual([
    'pebble-oldest.db/000002.sst',
    'pebble-oldest.db/000003.blob',
    'pebble.db/000002.sst',
    'pebble.db/000003.blob',
    'rocks.db/000002.sst',
    'rocks.db/000003.blob',
  ]);
});

it('links nothing of badger, bolt, and what it does not know', async () => {
  const home = makeHome();
  for (const name of ['000001.vlog', 'MANIFEST', 'KEYREGISTRY', 'DISCARD', '00001.mem']) home.put(`badger.db/${name}`);
  home.put('badger.db/000002.sst', 'table', { age: 200 });
  home.put('bolt.db', 'bolt');
  for (const [db, signs] of [
    ['both.db', ['CURRENT', 'IDENTITY', 'marker.format-version.000001.013']],
    ['without-current.db', ['IDENTITY']],
  ] as const) {
    for (const name of [...signs, 'OPTIONS-000006']) home.put(`${db}/${name}`);
    home.put(`${db}/MANIFEST-000005`, 'm', { age: 100 });
    home.put(`${db}/000002.sst`, 'table', { age: 200 });
  }
  for (const name of ['CURRENT', '000002.ldb']) home.put(`without-manifest.db/${name}`);
  home.put('wasm/state/wasm/0a1b');
  home.put('cs.wal/wal.000');
  home.put('priv_validator_state.json');
  expect(await linkedOf(home)).toEqual([]);
});

it('links snapshot chunks, but of those that were written to in the last hour of the node', async () => {
  const home = makeHome();
  home.put('cs.wal/wal', 'w', { age: 10_000 });
  home.put('snapshots/100/3/0', 'a', { age: 20_000 });
  home.put('snapshots/100/3/1', 'b', { age: 20_000 });
  home.put('snapshots/100/3/temporary', 'c', { age: 20_000 });
  home.put('snapshots/200/3/0', 'd', { age: 15_000 });
  home.put('snapshots/200/3/1', 'e', { age: 10_100 });
  home.put('snapshots/metadata.db/x', 'f', { age: 20_000 });
  expect(await linkedOf(home)).toEqual(['snapshots/100/3/0', 'snapshots/100/3/1']);
});

it('copies all of a tree whose files have been linked before, or links them again', async () => {
  const home = makeHome();
  home.put('a.db/CURRENT', 'MANIFEST-000007\n');
  home.put('a.db/MANIFEST-000007', manifestOf([[3, 10]]));
  const table = home.put('a.db/000003.ldb', Buffer.alloc(10));
  expect(await linkedOf(home)).toEqual(['a.db/000003.ldb']);
  expect(await linkedOf(home)).toEqual(['a.db/000003.ldb']);
  const copy = await home.create();
  expect(inodeOf(join(copy.path, 'a.db/000003.ldb'))).not.toBe(inodeOf(table));
  expect(statSync(table).nlink).toBe(3);
});

it('links tables that may only be read, and directories that may only be looked into', async () => {
  const home = makeHome();
  home.put('a.db/CURRENT', 'MANIFEST-000007\n', { mode: 0o444 });
  home.put('a.db/MANIFEST-000007', manifestOf([[3, 10]]), { mode: 0o400 });
  home.put('a.db/000003.ldb', Buffer.alloc(10), { mode: 0o444 });
  chmodSync(join(home.data, 'a.db'), 0o555);
  chmodSync(home.data, 0o555);
  expect(await linkedOf(home)).toEqual(['a.db/000003.ldb']);
});

/** Why no file can be made that must not be linked; undefined where one can. */
function whyNoImmutable(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'immutable-'));
  try {
    for (const change of ['+i', '-i']) execFileSync('chattr', [change, directory], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').join(' ').trim();
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const refused = whyNoImmutable();

it.skipIf(refused !== undefined)(
  `copies a table that must not be linked${refused === undefined ? '' : ` (skipped: ${refused})`}`,
  async () => {
    const { data, put, create } = makeHome();
    put('a.db/CURRENT', 'MANIFEST-000007\n');
    put('a.db/MANIFEST-000007', manifestOf([[3, 10]]));
    const table = put('a.db/000003.ldb', Buffer.alloc(10));
    execFileSync('chattr', ['+i', table]);
    onTestFinished(() => void execFileSync('chattr', ['-i', table]));
    const backup = await create({ strategy: 'link' });
    expect(backup).toMatchObject({ strategy: 'copy', linked: { files: 0 } });
    expect(backup.reason).toMatch(/^no hard links: EPERM/);
    expect(treeOf(backup.path)).toEqual(treeOf(data));
  },
);

it('stays as it was when the database replaces and removes what was linked', async () => {
  const home = makeHome();
  home.put('a.db/CURRENT', 'MANIFEST-000007\n');
  home.put('a.db/MANIFEST-000007', manifestOf([[3, 10]]));
  const table = home.put('a.db/000003.ldb', Buffer.alloc(10));
  const backup = await home.create({ strategy: 'auto' });
  const before = treeOf(backup.path);
  renameSync(putAt(join(home.home, 'new'), 'new'), table);
  utimesSync(home.data, 1, 1);
  expect(treeOf(backup.path)).toEqual(before);
  expect(readFileSync(join(backup.path, 'a.db/000003.ldb'))).toEqual(Buffer.alloc(10));
});
