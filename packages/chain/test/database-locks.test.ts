import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databaseLockFiles } from '../src/index.js';
import { tempDir, tempHome } from './support.js';

/** Every database of a node of SDK 0.50 and CometBFT 0.38. */
const NODE = [
  'data/application.db/LOCK',
  'data/blockstore.db/LOCK',
  'data/evidence.db/LOCK',
  'data/state.db/LOCK',
  'data/tx_index.db/LOCK',
  'data/snapshots/metadata.db/LOCK',
];

const empty = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [path, '']));
const under = (home: string, paths: readonly string[]) => paths.map((path) => join(home, path));

describe("the lock files of a node's databases", () => {
  it('are all found, in the same order each time', async () => {
    const home = tempHome(empty(NODE));
    expect(await databaseLockFiles(home)).toEqual(under(home, NODE));
  });

  it('are found for databases of any name, and only for databases', async () => {
    const locks = ['data/memiavl.db/LOCK', 'data/own.db/LOCK'];
    const others = ['data/LOCK', 'data/wasm/LOCK', 'data/cs.wal/wal', 'data/bolt.db', 'data/x.db/y.db/LOCK', 'LOCK'];
    const home = tempHome(empty([...locks, ...others, 'data/new.db/CURRENT', 'data/odd.db/LOCK/file']));
    expect(await databaseLockFiles(home)).toEqual(under(home, locks));
  });

  it("are found where config.toml puts CometBFT's databases, and where the application's always is", async () => {
    const elsewhere = tempHome({ 'state.db/LOCK': '' });
    for (const [directory, lock] of [
      ['db', (home: string) => join(home, 'db/state.db/LOCK')],
      [elsewhere, () => join(elsewhere, 'state.db/LOCK')],
    ] as const) {
      const config = { 'config/config.toml': `db_dir = "${directory}"` };
      const home = tempHome({ ...empty(['data/application.db/LOCK', 'db/state.db/LOCK']), ...config });
      expect(await databaseLockFiles(home)).toEqual([join(home, 'data/application.db/LOCK'), lock(home)]);
    }
  });

  it('are found once each through links: data, a database and db_dir', async () => {
    const disk = tempHome(empty(['data/application.db/LOCK', 'fast/state.db/LOCK']));
    const home = tempHome({ 'config/config.toml': `db_dir = "${join(disk, 'data')}"` });
    symlinkSync(join(disk, 'data'), join(home, 'data'));
    symlinkSync(join(disk, 'fast/state.db'), join(disk, 'data/state.db'));
    expect(await databaseLockFiles(home)).toEqual(under(home, ['data/application.db/LOCK', 'data/state.db/LOCK']));
  });

  it.each([
    ['no home', (home: string) => rmSync(home, { recursive: true })],
    ['no data', () => undefined],
    ['a link that leads nowhere', (home: string) => symlinkSync(join(home, 'nothing'), join(home, 'data'))],
    ['a link to itself', (home: string) => symlinkSync('data', join(home, 'data'))],
    [
      'a database that is a link to itself',
      (home: string) => {
        mkdirSync(join(home, 'data'));
        symlinkSync('a.db', join(home, 'data/a.db'));
      },
    ],
  ])('are none with %s', async (_, change) => {
    const home = tempDir();
    change(home);
    expect(await databaseLockFiles(home)).toEqual([]);
  });

  it('are none with a path that can be none, or with data that is a file', async () => {
    expect(await databaseLockFiles('a\0b')).toEqual([]);
    expect(await databaseLockFiles(tempHome({ data: '' }))).toEqual([]);
    expect(await databaseLockFiles(tempHome({ 'config/config.toml': 'db_dir = "a\\u0000b"' }))).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('are those that can be seen (root sees all)', async () => {
    const home = tempHome(empty(['data/a.db/LOCK', 'data/b.db/LOCK']));
    chmodSync(join(home, 'data/a.db'), 0);
    expect(await databaseLockFiles(home)).toEqual([join(home, 'data/b.db/LOCK')]);
    chmodSync(join(home, 'data/a.db'), 0o700);
  });
});
