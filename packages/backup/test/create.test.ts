import { execFileSync } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backupName, createBackup, listBackups, restoreBackup } from '../src/index.ts';
import { besides, inodeOf, isRoot, makeHome, put, state, temporary, treeOf } from './home.ts';

describe('createBackup by copy', () => {
  it('makes a directory that holds what the data directory holds, and its manifest', async () => {
    const { home, data, put, create } = makeHome();
    put('application.db/CURRENT', 'x', { mode: 0o600 });
    put('cs.wal/wal', '', { mode: 0o640 });
    put('deep/er/and/deeper', 'y');
    mkdirSync(join(data, 'empty'), { mode: 0o500 });
    symlinkSync('cs.wal/wal', join(data, 'link'));
    symlinkSync('nowhere', join(data, 'dangling'));
    utimesSync(data, 1_600_000_000.25, 1_600_000_000.25);
    const before = treeOf(data);
    const backup = await create({ about: { plan: 'v2', height: 10 } });
    expect(backup).toMatchObject({ path: join(home, 'b'), name: 'b', strategy: 'copy', reason: 'asked for' });
    expect(backup).toMatchObject({ copied: { files: 3, bytes: 2 }, linked: { files: 0 }, skipped: [], leadOut: [] });
    expect(treeOf(backup.path)).toEqual(before);
    expect(treeOf(data)).toEqual(before);
    expect(besides(home)).toEqual(['b']);
    expect(await listBackups(home)).toMatchObject([
      { name: 'b', kind: 'ours', header: { data, about: { plan: 'v2', height: 10 }, stopped: true, bytes: 2 } },
    ]);
  });

  it('follows a link to the data directory, and one to the directory for backups', async () => {
    const { home, data, put } = makeHome();
    put('a', 'content');
    symlinkSync('data', join(home, 'link'));
    const elsewhere = temporary();
    symlinkSync(elsewhere, join(home, 'backups'));
    const options = { name: 'b', strategy: 'copy', stopped: true } as const;
    const backup = await createBackup({ ...options, data: join(home, 'link'), parent: join(home, 'backups') });
    expect(lstatSync(backup.path).isDirectory()).toBe(true);
    expect(backup.path).toBe(join(elsewhere, 'b'));
    expect(treeOf(backup.path)).toEqual(treeOf(data));
  });

  it('takes the next free name, whatever has the first ones, and merges with nothing', async () => {
    const { home, put, create } = makeHome();
    put('a');
    mkdirSync(join(home, 'b/of-cosmovisor'), { recursive: true });
    writeFileSync(join(home, 'b-2'), 'a file');
    symlinkSync('nowhere', join(home, 'b-3'));
    mkdirSync(join(home, 'b-4'));
    const names = await Promise.all(Array.from({ length: 5 }, async () => (await create()).name));
    expect(names.sort()).toEqual(['b-5', 'b-6', 'b-7', 'b-8', 'b-9']);
    expect(readdirSync(join(home, 'b'))).toEqual(['of-cosmovisor']);
    expect(besides(home)).toEqual(['b', 'b-2', 'b-3', 'b-4', ...names]);
  });

  it('keeps what is outside the data directory under a name of its own', async () => {
    const { home, data, put: putData, create } = makeHome();
    putData('a');
    put(join(home, 'wasm/state/blob'), 'code', 0o640);
    const backup = await create({ outside: [{ name: 'wasm', path: join(home, 'wasm') }] });
    expect(treeOf(backup.path)).toEqual(treeOf(data));
    expect(treeOf(join(backup.path, '.chainvisor-backup/outside/wasm'))).toEqual(treeOf(join(home, 'wasm')));
    expect(backup.copied).toEqual({ files: 2, bytes: 5 });
  });

  it('leaves out sockets, FIFOs and what is of an earlier backup, and tells what leads out of the data', async () => {
    const { home, data, put: putData, create } = makeHome();
    putData('a/b');
    putData('.chainvisor-backup/manifest.jsonl', 'of the backup that was copied back by hand');
    execFileSync('mkfifo', [join(data, 'a/fifo')]);
    const server = createServer().listen(join(data, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    symlinkSync('b', join(data, 'a/in'));
    symlinkSync('../../other', join(data, 'a/out'));
    symlinkSync(join(home, 'application.db'), join(data, 'application.db'));
    const backup = await create();
    server.close();
    expect(backup.leadOut).toEqual(['application.db', 'a/out']);
    expect(backup.skipped).toEqual([
      { path: 'socket', why: 'socket' },
      { path: 'a/fifo', why: 'fifo' },
    ]);
    expect(readdirSync(backup.path, { recursive: true }).sort()).toEqual([
      '.chainvisor-backup',
      '.chainvisor-backup/manifest.jsonl',
      'a',
      'a/b',
      'a/in',
      'a/out',
      'application.db',
    ]);
    expect(readFileSync(join(backup.path, '.chainvisor-backup/manifest.jsonl'), 'utf8')).toMatch(
      /^{"chainvisorBackup":1,/,
    );
  });

  it.skipIf(!isRoot)(
    'keeps owner and setuid as root (skipped for other users: they cannot give files away)',
    async () => {
      const { data, put, create } = makeHome();
      execFileSync('chown', ['-h', '1234:4321', put('a', 'x', { mode: 0o600 })]);
      execFileSync('chmod', ['6755', put('s', 'x')]);
      execFileSync('chown', ['77:88', data]);
      const backup = await create();
      expect(treeOf(backup.path)).toEqual(treeOf(data));
      expect(statSync(join(backup.path, '.chainvisor-backup/manifest.jsonl'))).toMatchObject({ uid: 77, gid: 88 });
    },
  );

  it('copies names that are not UTF-8, and hard links as files of their own', async () => {
    const { data, put, create } = makeHome();
    put('d/a', 'one');
    execFileSync('bash', [
      '-c',
      String.raw`cd "$0" && echo x > $'d/\xff\xfe' && mkdir $'\xe9' && ln d/a $'\xe9/b' && ln -s $'\xff' l`,
      data,
    ]);
    const backup = await create();
    expect(treeOf(backup.path)).toEqual(treeOf(data));
    expect(statSync(join(backup.path, 'd/a')).nlink).toBe(1);
  });

  it('keeps holes, and copies and restores four gigabytes of them soon', async () => {
    const { home, data, put, create } = makeHome();
    put('priv_validator_state.json', state(1));
    const path = put('sparse', 'begin');
    truncateSync(path, 4 * 2 ** 30);
    const written = [
      [1_000_000, 10_000],
      [3_000_000_000, 300_000],
      [4_294_967_295, 1],
    ] as const;
    const file = openSync(path, 'r+');
    for (const [position, size] of written) writeSync(file, Buffer.alloc(size, 'x'), 0, size, position);
    closeSync(file);
    const backup = await create();
    await restoreBackup({ backup: backup.path, data, aside: 'old', strategy: 'copy' });
    const source = join(home, 'old/sparse');
    for (const copy of [join(backup.path, 'sparse'), path]) {
      expect(statSync(copy).size).toBe(statSync(source).size);
      expect(statSync(copy).blocks).toBeLessThanOrEqual(statSync(source).blocks * 1.1);
      // Besides, there are only holes: the blocks are no more.
      for (const position of [0, ...written.map(([begin]) => begin - (begin % 4096) - 8192)])
        expect(window(copy, position).equals(window(source, position))).toBe(true);
      expect(inodeOf(copy)).not.toBe(inodeOf(source));
    }
  });

  it('copies files that are larger than what goes in one call', async () => {
    const { data, put, create } = makeHome();
    put('large', Buffer.alloc(70_000_001, 'content '), { mode: 0o400 });
    const backup = await create();
    expect(treeOf(backup.path)).toEqual(treeOf(data));
  });
});

function window(path: string, position: number): Buffer {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(400_000);
  const length = readSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
  return bytes.subarray(0, length);
}

it('names backups as cosmovisor does', () => {
  expect(backupName(new Date(2024, 2, 5))).toBe('data-backup-2024-3-5');
  expect(backupName(new Date(2024, 11, 31, 23, 59))).toBe('data-backup-2024-12-31');
});
