import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { makeHome, put as putAt, state, temporary, treeOf } from './home.ts';
import { whyNoStrace } from './killed.ts';
import { manifestOf } from './leveldb.ts';

const SMALL_DISKS = fileURLToPath(new URL('small-disks.js', import.meta.url));
const RUNNER = fileURLToPath(new URL('runner.js', import.meta.url));
// A user who is not root is one in a user namespace of his own, where the system lets him have one.
const unshare = [...(process.getuid?.() === 0 ? [] : ['-Ur']), '-m', '--propagation', 'private'];
const refused = whyRefused();
const title = (text: string): string => (refused === undefined ? text : `${text} (skipped: ${refused})`);
const untraced = whyNoStrace();

function whyRefused(): string | undefined {
  try {
    execFileSync('unshare', [...unshare, 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').join(' ').trim();
  }
}

interface Case {
  readonly options: string;
  /** Whether somebody else fills the disk once the copying begins. */
  readonly fill?: boolean;
  /** The backup that is restored there, instead of making one. */
  readonly restores?: string;
  /** Whether the data directory is the mount point itself. */
  readonly mounted?: boolean;
}

interface Outcome {
  readonly options: string;
  readonly outcome: Readonly<Record<'strategy' | 'reason' | 'code' | 'message' | 'hint', string | undefined>>;
  readonly left: readonly string[];
}

async function on(data: string, cases: readonly Case[]): Promise<Outcome[]> {
  const disk = join(temporary(), 'disk');
  mkdirSync(disk);
  const args = [...unshare, process.execPath, SMALL_DISKS, JSON.stringify({ data, disk, cases })];
  const { stdout } = await promisify(execFile)('unshare', args);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
}

function makeFilled() {
  const home = makeHome();
  for (let i = 0; i < 10; i++) home.put(`a.db/${i}`, Buffer.alloc(100_000, 'x'));
  home.put('priv_validator_state.json', state(5));
  return home;
}

it.skipIf(refused !== undefined)(
  title('a disk that is too small is told before the first byte, with both numbers, and by inodes'),
  async () => {
    const { data } = makeFilled();
    const sizes = [100, 500, 1000, 2000].map((size) => ({ options: `size=${size}k` }));
    const outcomes = await on(data, [...sizes, { options: 'size=2M,nr_inodes=8' }, { options: 'ro' }]);
    expect(outcomes.map(({ left }) => left)).toEqual([[], [], [], ['b'], [], []]);
    for (const { outcome } of outcomes.slice(0, 3)) {
      expect(outcome.code).toBe('BACKUP_NO_SPACE');
      expect(outcome.message).toMatch(
        /disk.* has \d+\.\d [kM]B free, and 1\.\d MB are needed \(\d+ and 10\d{5} bytes\)$/,
      );
    }
    expect(outcomes[3]?.outcome).toEqual({
      strategy: 'copy',
      reason: 'the backup is on another file system than the data',
    });
    expect(outcomes[4]?.outcome.message).toMatch(/ has \d inodes free, and 1\d are needed$/);
    expect(outcomes[5]?.outcome).toMatchObject({
      code: 'BACKUP_WRITE_FAILED',
      hint: expect.stringMatching(/read-only/) as string,
    });
  },
);

it.skipIf(refused !== undefined)(
  title('a disk that fills up while it copies leaves nothing of the backup'),
  async () => {
    const { data } = makeFilled();
    const [made] = await on(data, [{ options: 'size=2M', fill: true }]);
    expect(made?.left).toEqual([]);
    expect(made?.outcome).toMatchObject({
      code: 'BACKUP_NO_SPACE',
      message: expect.stringMatching(/^cannot (copy|make) .*: ENOSPC/) as string,
      hint: 'the file system is full: free some space',
    });
  },
);

it.skipIf(refused !== undefined)(
  title('a restore to another file system copies, one to a full disk leaves the old data'),
  async () => {
    const { create, data } = makeFilled();
    const restores = (await create()).path;
    const [whole, small, filling, mounted] = await on(data, [
      { options: 'size=3M', restores },
      { options: 'size=500k', restores },
      { options: 'size=2M', restores, fill: true },
      { options: 'size=3M', restores, mounted: true },
    ]);
    expect(whole).toMatchObject({ outcome: { strategy: 'copy' }, left: ['data', 'old'] });
    expect(small).toMatchObject({ outcome: { code: 'BACKUP_NO_SPACE' }, left: ['data'] });
    expect(filling).toMatchObject({ outcome: { code: 'BACKUP_NO_SPACE' }, left: ['data'] });
    expect(mounted).toMatchObject({
      outcome: { code: 'BACKUP_SWAP_REFUSED', hint: expect.stringMatching(/below the mount point/) as string },
      left: ['priv_validator_state.json'],
    });
  },
);

it.skipIf(refused !== undefined)(title('what another file system below the data holds is copied, not linked'), () => {
  const { home, data, put } = makeHome();
  mkdirSync(join(data, 'a.db'));
  for (const db of ['a.db', 'b.db']) {
    const script = (path: string): string => join(data, db, path);
    if (db === 'b.db') {
      put('b.db/CURRENT', 'MANIFEST-000007\n');
      put('b.db/MANIFEST-000007', manifestOf([[3, 10]]));
      putAt(script('000003.ldb'), Buffer.alloc(10));
    }
  }
  const asked = { data, parent: home, name: 'b', strategy: 'link', stopped: true };
  const script = 'mount -t tmpfs none "$0/a.db" && cp -a "$0/b.db/." "$0/a.db" && exec "$@"';
  const args = [...unshare, 'sh', '-c', script, data, process.execPath, RUNNER, 'create', JSON.stringify(asked)];
  execFileSync('unshare', args, { stdio: 'pipe' });
  const manifest = readFileSync(join(home, 'b/.chainvisor-backup/manifest.jsonl'), 'utf8');
  expect(manifest).toMatch(/"path":"a\.db\/000003\.ldb",.*"how":"copied"/);
  expect(manifest).toMatch(/"path":"b\.db\/000003\.ldb",.*"how":"linked"/);
  expect(treeOf(join(home, 'b/b.db'))).toEqual(treeOf(join(data, 'b.db')));
});

it.skipIf(untraced !== undefined)(
  `writes out every file and directory before the backup gets its name${untraced === undefined ? '' : ` (skipped: ${untraced})`}`,
  () => {
    const { home, data, put } = makeFilled();
    put('deep/er/file', 'x', { mode: 0o400 });
    put('large', Buffer.alloc(300_000));
    symlinkSync('deep', join(data, 'link'));
    const log = join(temporary(), 'log');
    const asked = { data, parent: home, name: 'b', strategy: 'copy', stopped: true };
    const args = [
      '-f',
      '-y',
      '-e',
      'trace=fsync,rename',
      '-o',
      log,
      process.execPath,
      RUNNER,
      'create',
      JSON.stringify(asked),
    ];
    execFileSync('strace', args, { stdio: 'pipe' });
    const lines = readFileSync(log, 'utf8').split('\n');
    const named = lines.findIndex((line) => /rename\("[^"]*unfinished[^"/]*", "[^"]*\/b"/.test(line));
    const synced = (from: number, to: number): string[] =>
      lines.slice(from, to).flatMap((line) => /fsync\(\d+<([^>]+)>/.exec(line)?.[1] ?? []);
    const below = synced(0, named).map((path) => path.replace(/^.*\.b\.unfinished-[^/]+/, ''));
    const expected = treeOf(join(home, 'b'), '').filter((line) => !line.includes(' -> '));
    const paths = expected.map((line) => line.split(' ')[0]);
    expect([...new Set(below.map((path) => path.replace(/\.[\da-f]{8}$/, '')))].sort()).toEqual(paths.sort());
    expect(synced(named, lines.length)).toEqual([home]);
  },
);
