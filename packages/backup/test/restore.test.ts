import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recoverRestore, restoreBackup } from '../src/index.ts';
import { STATE, makeBackedUp, read, without } from './backed-up.ts';
import { besides, inodeOf, makeHome, put as putAt, refusal, state, temporary, treeOf } from './home.ts';

describe('restoreBackup', () => {
  it.each(['copy', 'link', 'auto', 'reflink'] as const)(
    'by %s, exchanges the data and keeps the old',
    async (strategy) => {
      const { home, data, backup, restore, now } = await makeBackedUp();
      const saved = treeOf(backup);
      const restored = await restore({ strategy });
      expect(restored).toMatchObject({
        data,
        aside: join(home, 'old'),
        outside: [],
        outsideLeft: [],
        recovered: 'nothing',
      });
      expect(restored.state).toEqual({ from: 'live', state: { height: 20n, round: 0, step: 3 } });
      expect(without(treeOf(data))).toEqual(without(saved));
      expect(read(data, STATE)).toBe(state(20));
      expect(treeOf(join(home, 'old'))).toEqual(now);
      expect(treeOf(backup)).toEqual(saved);
      expect(besides(home)).toEqual(['b', 'old']);
      expect(existsSync(join(data, '.chainvisor-backup'))).toBe(false);
      const table = 'application.db/000003.ldb';
      expect(inodeOf(join(data, table)) === inodeOf(join(backup, table))).toBe(restored.strategy === 'link');
      expect(inodeOf(join(data, 'cs.wal/wal'))).not.toBe(inodeOf(join(backup, 'cs.wal/wal')));
    },
  );

  it('exchanges what a link leads to, and leaves the link', async () => {
    const { home, data, restore, now } = await makeBackedUp();
    const disk = temporary();
    renameSync(data, join(disk, 'chain'));
    symlinkSync(join(disk, 'chain'), data);
    const restored = await restore();
    expect(restored).toMatchObject({ data: join(disk, 'chain'), aside: join(disk, 'old') });
    expect(readlinkSync(data)).toBe(join(disk, 'chain'));
    expect(treeOf(join(disk, 'old'))).toEqual(now);
    expect(read(data, 'cs.wal/wal')).toBe('old');
    expect(readdirSync(disk).sort()).toEqual(['chain', 'old']);
    expect(besides(home)).toEqual(['b']);
  });

  it('restores what was outside the data, and tells what it left', async () => {
    const home = makeHome();
    home.put(STATE, state(10));
    const wasm = join(home.home, 'wasm');
    putAt(join(wasm, 'blob'), 'old');
    putAt(join(home.home, 'other/x'), 'x');
    const outside = [
      { name: 'wasm', path: wasm },
      { name: 'other', path: join(home.home, 'other') },
    ];
    const { path } = await home.create({ outside });
    const before = treeOf(wasm);
    putAt(join(wasm, 'blob'), 'new');
    const options = {
      backup: path,
      data: home.data,
      aside: 'old',
      strategy: 'copy',
      outside: outside.slice(0, 1),
    } as const;
    expect(await restoreBackup(options)).toMatchObject({ outside: ['wasm'], outsideLeft: ['other'] });
    expect(treeOf(wasm)).toEqual(before);
    expect(read(home.home, 'old-wasm/blob')).toBe('new');
    expect(besides(home.home)).toEqual(['b', 'old', 'old-wasm', 'other', 'wasm']);
    const unknown = [{ name: 'none', path: join(home.home, 'none') }];
    expect(await refusal(() => restoreBackup({ ...options, aside: 'x', outside: unknown }))).toMatchObject({
      code: 'BACKUP_OPTION_INVALID',
      message: expect.stringContaining('no outside directory none') as string,
    });
  });

  it('takes what was outside from where an earlier restore has put it aside', async () => {
    const home = makeHome();
    home.put(STATE, state(10));
    const wasm = join(home.home, 'wasm');
    putAt(join(wasm, 'blob'), 'old');
    const outside = [{ name: 'wasm', path: wasm }];
    const { path } = await home.create({ outside });
    putAt(join(wasm, 'blob'), 'new');
    const options = { data: home.data, strategy: 'copy' } as const;
    await restoreBackup({ ...options, backup: path, aside: 'old', outside });
    const from = join(home.home, 'old-wasm');
    const asked = [{ name: 'wasm', path: wasm, from }];
    const back = { ...options, backup: join(home.home, 'old'), aside: 'older', outside: asked };
    expect(await restoreBackup(back)).toMatchObject({ outside: ['wasm'] });
    expect(read(wasm, 'blob')).toBe('new');
    expect(read(home.home, 'older-wasm/blob')).toBe('old');
    expect(await refusal(() => restoreBackup({ ...back, backup: path, aside: 'x' }))).toMatchObject({
      code: 'BACKUP_OPTION_INVALID',
    });
  });

  it('takes a backup of cosmovisor as it is', async () => {
    const { home, data, put } = makeHome();
    put(STATE, state(10));
    put('a', 'old');
    execFileSync('cp', ['-a', data, join(home, 'data-backup-2024-3-5')]);
    put('a', 'new');
    put('extra');
    const backup = join(home, 'data-backup-2024-3-5');
    await restoreBackup({ backup, data, aside: 'old', strategy: 'auto' });
    expect(without(treeOf(data))).toEqual(without(treeOf(backup)));
  });

  it('restores only what the manifest lists', async () => {
    const { data, backup, restore } = await makeBackedUp();
    putAt(join(backup, 'extra'), 'x');
    putAt(join(backup, 'cs.wal/extra'), 'x');
    await restore();
    expect(readdirSync(data, { recursive: true }).filter((name) => String(name).includes('extra'))).toEqual([]);
  });
});

describe('what belongs to a restore besides the data', () => {
  it('is done when the new data is in place, and the restore is not over before', async () => {
    const { home, data, now, restore } = await makeBackedUp();
    const record = join(home, '.data.restore.json');
    const broken = new Error('the link cannot be set');
    const seen: unknown[] = [];
    const failing = restore({
      note: { target: 'genesis' },
      finish: (note) => {
        seen.push(note, existsSync(record), without(treeOf(data)).length);
        return Promise.reject(broken);
      },
    });
    await expect(failing).rejects.toBe(broken);
    expect(seen.slice(0, 2)).toEqual([{ target: 'genesis' }, true]);
    expect(treeOf(join(home, 'old'))).toEqual(now);
    // Again, until it can be done.
    await expect(recoverRestore(data, { finish: () => Promise.reject(broken) })).rejects.toBe(broken);
    const again: unknown[] = [];
    expect(await recoverRestore(data, { finish: (note) => Promise.resolve(void again.push(note)) })).toBe('new');
    expect(again).toEqual([{ target: 'genesis' }]);
    expect(existsSync(record)).toBe(false);
    expect(await recoverRestore(data, { finish: () => Promise.reject(broken) })).toBe('nothing');
  });
});

describe('recoverRestore', () => {
  it('has nothing to do where no restore was cut short', async () => {
    const { data, now } = await makeBackedUp();
    expect(await recoverRestore(data)).toBe('nothing');
    expect(treeOf(data)).toEqual(now);
  });

  it('finishes nothing where a node has run on the new data since', async () => {
    const { home, data, restore } = await makeBackedUp();
    const broken = new Error('no such binary');
    await expect(restore({ finish: () => Promise.reject(broken) })).rejects.toBe(broken);
    putAt(join(data, STATE), state(21));
    const finish = (): Promise<void> => Promise.reject(broken);
    expect(await refusal(() => recoverRestore(data, { finish }))).toMatchObject({
      code: 'BACKUP_RESTORE_UNCLEAR',
      hint: expect.stringContaining(`then remove ${join(home, '.data.restore.json')}`) as string,
    });
    // What has signed until the very exchange has signed in the old data.
    putAt(join(home, 'old', STATE), state(21));
    await expect(recoverRestore(data, { finish })).rejects.toBe(broken);
  });

  it('does not keep a node from its start over what it cannot remove', async () => {
    const { home, data, now, restore } = await makeBackedUp();
    mkdirSync(join(home, '.data.restore.json.new'));
    expect(await recoverRestore(data)).toBe('nothing');
    expect(treeOf(data)).toEqual(now);
    expect((await refusal(() => restore())).code).toBe('BACKUP_WRITE_FAILED');
  });

  it('refuses to choose where somebody has changed what was left', async () => {
    const { home, data, restore, now } = await makeBackedUp();
    await restore();
    const pairs = [{ target: data, ready: join(home, '.data.ready'), aside: join(home, 'old'), replaces: true }];
    const left = { version: 1, pairs, stateFile: STATE, state: { height: '20', round: 0, step: 3 } };
    writeFileSync(join(home, '.data.restore.json'), JSON.stringify(left));
    mkdirSync(join(home, '.data.ready'));
    expect(await refusal(() => recoverRestore(data))).toMatchObject({
      code: 'BACKUP_RESTORE_UNCLEAR',
      hint: expect.stringContaining(join(home, 'old')) as string,
    });
    // The hint leads out of it.
    const { hint } = await refusal(() => recoverRestore(data));
    rmSync(join(home, '.data.ready'), { recursive: true });
    renameSync(join(home, 'old'), join(home, 'away'));
    expect((await refusal(() => recoverRestore(data))).hint).toBe(hint);
    expect(hint).toContain(`then remove ${join(home, '.data.restore.json')}`);
    renameSync(join(home, 'away'), join(home, 'old'));
    writeFileSync(join(home, '.data.restore.json'), '{"version":2}');
    expect((await refusal(() => recoverRestore(data))).code).toBe('BACKUP_RESTORE_UNCLEAR');
    expect((await refusal(() => restore({ aside: 'x' }))).code).toBe('BACKUP_RESTORE_UNCLEAR');
    expect(treeOf(join(home, 'old'))).toEqual(now);
  });

  it('goes back to the old data where its state has become unreadable in the middle', async () => {
    const { home, data, now } = await makeBackedUp();
    const aside = join(home, 'old');
    renameSync(data, aside);
    mkdirSync(join(home, '.data.ready'));
    putAt(join(home, '.data.ready', STATE), state(20));
    const pairs = [{ target: data, ready: join(home, '.data.ready'), aside, replaces: true }];
    const left = { version: 1, pairs, stateFile: STATE, state: { height: '20', round: 0, step: 3 } };
    writeFileSync(join(home, '.data.restore.json'), JSON.stringify(left));
    chmodSync(join(aside, STATE), 0o600);
    const text = read(aside, STATE);
    writeFileSync(join(aside, STATE), 'broken');
    expect(await recoverRestore(data)).toBe('old');
    expect(read(data, STATE)).toBe('broken');
    writeFileSync(join(data, STATE), text);
    expect(without(treeOf(data))).toEqual(without(now));
    expect(besides(home)).toEqual(['b']);
  });
});
