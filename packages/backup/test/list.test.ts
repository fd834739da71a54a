import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clearUnfinished, listBackups, pruneBackups, restoreBackup } from '../src/index.ts';
import { claimName, readClaim, release } from '../src/owner.ts';
import { besides, makeHome, refusal, state } from './home.ts';

const MANIFEST = '.chainvisor-backup/manifest.jsonl';

describe('listBackups', () => {
  it('lists ours from the oldest to the newest, and what cosmovisor made', async () => {
    const { home, put, create } = makeHome();
    put('a');
    for (const name of ['z', 'y', 'x', 'y']) await create({ name });
    mkdirSync(join(home, 'data-backup-2024-3-5'));
    mkdirSync(join(home, 'data-backup-2024-3-5-2'));
    mkdirSync(join(home, 'data-backup'));
    symlinkSync('z', join(home, 'data-backup-2024-3-6'));
    writeFileSync(join(home, 'data-backup-2024-3-7'), '');
    mkdirSync(join(home, '.b.unfinished-1'));
    const listed = await listBackups(home);
    expect(listed.map(({ name, kind }) => [name, kind])).toEqual([
      ['data-backup-2024-3-5', 'foreign'],
      ['data-backup-2024-3-5-2', 'foreign'],
      ['z', 'ours'],
      ['y', 'ours'],
      ['x', 'ours'],
      ['y-2', 'ours'],
    ]);
    expect(listed.every(({ name, path }) => path === join(home, name))).toBe(true);
    expect((await refusal(() => listBackups(join(home, 'none')))).code).toBe('BACKUP_READ_FAILED');
  });

  it('tells what is damaged, and what has got another name', async () => {
    const { home, put, create } = makeHome();
    put('a');
    await create({ name: 'b' });
    await create({ name: 'c' });
    truncateSync(join(home, 'b', MANIFEST), 5);
    renameSync(join(home, 'c'), join(home, 'c-before-v3'));
    const kinds = (await listBackups(home)).map(({ name, kind }) => [name, kind]);
    expect(kinds).toEqual([
      ['b', 'damaged'],
      ['c-before-v3', 'renamed'],
    ]);
  });
});

describe('pruneBackups', () => {
  it('removes the oldest of ours, and nothing else', async () => {
    const { home, put, create } = makeHome();
    put('a/b');
    for (const name of ['d', 'c', 'b', 'b', 'broken', 'moved']) await create({ name });
    truncateSync(join(home, 'broken', MANIFEST), 200);
    renameSync(join(home, 'moved'), join(home, 'kept-by-hand'));
    mkdirSync(join(home, 'data-backup-2024-3-5'));
    const before = besides(home);
    const dry = await pruneBackups(home, { keep: 2, dryRun: true });
    expect(dry.removed.map(({ name }) => name)).toEqual(['d', 'c']);
    expect(besides(home)).toEqual(before);
    const pruned = await pruneBackups(home, { keep: 2 });
    expect(pruned).toEqual(dry);
    expect(pruned.kept.map(({ name }) => name)).toEqual(['b', 'b-2']);
    expect(besides(home)).toEqual(['b', 'b-2', 'broken', 'data-backup-2024-3-5', 'kept-by-hand']);
    expect((await pruneBackups(home, { keep: 2 })).removed).toEqual([]);
    await pruneBackups(home, { keep: 0 });
    expect(besides(home)).toEqual(['broken', 'data-backup-2024-3-5', 'kept-by-hand']);
    expect((await refusal(() => pruneBackups(home, { keep: -1 }))).code).toBe('BACKUP_OPTION_INVALID');
  });

  it('keeps the one that is called the newest, whatever the clock said', async () => {
    const { home, put, create } = makeHome();
    put('a');
    for (const name of ['a', 'b', 'c']) await create({ name });
    const { removed, kept } = await pruneBackups(home, { keep: 2, newest: 'a' });
    expect(removed.map(({ name }) => name)).toEqual(['b']);
    expect(kept.map(({ name }) => name)).toEqual(['c', 'a']);
    await pruneBackups(home, { keep: 1, newest: 'none' });
    expect(besides(home)).toEqual(['c']);
  });

  it('leaves those of another node alone where two share a place', async () => {
    const { home, data, put, create } = makeHome();
    put('a');
    const other = makeHome();
    other.put('a');
    const names = ['a', 'b', 'c'];
    for (const name of names) {
      await create({ name: `one-${name}` });
      await other.create({ name: `two-${name}`, parent: home });
    }
    const link = join(home, 'link');
    symlinkSync(data, link);
    const { removed, kept } = await pruneBackups(home, { keep: 1, data: link });
    expect(removed.map(({ name }) => name)).toEqual(['one-a', 'one-b']);
    expect(kept.map(({ name }) => name)).toEqual(['one-c']);
    expect(besides(home)).toEqual(['link', 'one-c', 'two-a', 'two-b', 'two-c']);
    const refused = await refusal(() => pruneBackups(home, { keep: 1, data: join(home, 'gone') }));
    expect(refused.code).toBe('BACKUP_DATA_INVALID');
  });

  it('does not count one of which something is gone', async () => {
    const { home, put, create } = makeHome();
    put('a/b');
    for (const name of ['a', 'b', 'c']) await create({ name });
    rmSync(join(home, 'c/a/b'));
    expect((await pruneBackups(home, { keep: 1 })).kept.map(({ name }) => name)).toEqual(['b']);
    expect(besides(home)).toEqual(['b', 'c']);
  });

  it('never takes a data directory for a backup, to which one was copied by hand', async () => {
    const { home, data, put, create } = makeHome();
    put('a');
    await create();
    rmSync(data, { recursive: true });
    execFileSync('cp', ['-a', join(home, 'b'), data]);
    await pruneBackups(home, { keep: 0 });
    expect(readdirSync(home)).toEqual(['data']);
    expect(readdirSync(data)).toContain('a');
  });

  it('can be aborted between two of them', async () => {
    const { home, create } = makeHome();
    await create();
    expect((await refusal(() => pruneBackups(home, { keep: 0, signal: AbortSignal.abort() }))).code).toBe(
      'BACKUP_ABORTED',
    );
    expect(besides(home)).toEqual(['b']);
  });
});

describe('clearUnfinished', () => {
  it('removes what no living process has under way, and leaves the rest to its owner', async () => {
    const { home } = makeHome();
    const mine = claimName('b', 'unfinished');
    const left = claimName('b', 'unfinished');
    release(left);
    const [, , owner = ''] = /^(\.b\.unfinished-\d+-\d+)-(.*)-\w{8}$/.exec(mine) ?? [];
    const gone = spawnSync('true').pid;
    const names = {
      mine,
      left,
      gone: `.b.unfinished-${gone}-1-${owner}-00000001`,
      alive: `.b.unfinished-1-${startOf(1)}-${owner}-00000002`,
      again: `.b.unfinished-1-1-${owner}-00000003`,
      removing: `.b.removing-${gone}-1-${owner}-00000004`,
      restoring: `.data.restoring-${gone}-1-${owner}-00000005`,
      elsewhere: '.b.unfinished-7-7-aaaaaaaa-bbbbbbbb-cccccccc-00000006',
      other: '.b.unfinished-x',
    };
    for (const name of Object.values(names)) mkdirSync(join(home, name, 'sub/sub'), { recursive: true, mode: 0o755 });
    mkdirSync(join(home, names.gone, 'closed'), { mode: 0o500 });
    expect(readClaim(names.mine)).toEqual({ of: 'b', kind: 'unfinished', isAlive: true });
    expect(readClaim(names.elsewhere)?.isAlive).toBeUndefined();
    expect((await clearUnfinished(home)).sort()).toEqual([names.left, names.gone, names.again, names.removing].sort());
    expect(besides(home)).toEqual([names.mine, names.alive, names.restoring, names.elsewhere, names.other].sort());
    expect(await clearUnfinished(home, { unseen: true })).toEqual([names.elsewhere]);
    expect((await clearUnfinished(home, { all: true })).sort()).toEqual([names.mine, names.alive].sort());
    release(mine);
    expect((await refusal(() => clearUnfinished(join(home, 'none')))).code).toBe('BACKUP_READ_FAILED');
  });

  it('is done by the next creation, and for restores by the next restore', async () => {
    const { home, data, put, create } = makeHome();
    put('priv_validator_state.json', state(1));
    const names = (['unfinished', 'restoring'] as const).map((kind) =>
      claimName(kind === 'restoring' ? 'data' : 'b', kind),
    );
    for (const name of names) {
      release(name);
      mkdirSync(join(home, name));
      utimesSync(join(home, name), 1, 1);
    }
    const { path } = await create();
    expect(besides(home)).toEqual([names[1], 'b']);
    await restoreBackup({ backup: path, data, aside: 'old', strategy: 'copy' });
    expect(besides(home)).toEqual(['b', 'old']);
  });
});

function startOf(pid: number): string {
  const stat = execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' });
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
