import { readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../src/index.ts';
import { besides, inodeOf, isRoot, makeHome, refusal } from './home.ts';

describe('what createBackup refuses', () => {
  it.each([
    ['a relative directory', { data: 'data' }, 'BACKUP_OPTION_INVALID', /"data" is no absolute path/],
    ['a name with a slash', { name: 'a/b' }, 'BACKUP_OPTION_INVALID', /"a\/b" is no name/],
    ['a hidden name', { name: '.b' }, 'BACKUP_OPTION_INVALID', /".b" is no name/],
    ['no files at once', { concurrency: 0 }, 'BACKUP_OPTION_INVALID', /a concurrency of 0/],
    ['what JSON cannot hold', { about: { height: 1n } }, 'BACKUP_OPTION_INVALID', /is no JSON/],
    ['hard links while the node runs', { strategy: 'link', stopped: false }, 'BACKUP_NODE_RUNNING', /only safe while/],
  ] as const)('%s', async (_, options, code, message) => {
    const { home, create } = makeHome();
    expect(await refusal(() => create(options))).toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(besides(home)).toEqual([]);
  });

  it('a data directory that is missing or a file, and one that would hold its own backup', async () => {
    const { home, data, put, create } = makeHome();
    put('sub/file');
    const missing = await refusal(() => create({ data: join(home, 'none') }));
    expect(missing).toMatchObject({
      code: 'BACKUP_DATA_INVALID',
      message: expect.stringContaining(join(home, 'none')) as string,
    });
    expect((await refusal(() => create({ data: join(data, 'sub/file') }))).code).toBe('BACKUP_DATA_INVALID');
    symlinkSync(join(data, 'sub'), join(home, 'inside'));
    expect((await refusal(() => create({ parent: join(home, 'inside') }))).code).toBe('BACKUP_OPTION_INVALID');
    const outside = [{ name: 'home', path: home }];
    expect((await refusal(() => create({ outside }))).code).toBe('BACKUP_OPTION_INVALID');
    expect(besides(home)).toEqual(['inside']);
  });

  it.skipIf(isRoot)('a file that cannot be read, by name (skipped as root, who reads everything)', async () => {
    const { home, put, create } = makeHome();
    const path = put('secret', 'x', { mode: 0 });
    const error = await refusal(() => create());
    expect(error).toMatchObject({ code: 'BACKUP_READ_FAILED', message: expect.stringContaining(path) as string });
    expect(besides(home)).toEqual([]);
  });

  it('data that changes under it, where the node was said to be stopped', async () => {
    const { home, put, create } = makeHome();
    const path = put('a', 'x');
    for (let i = 0; i < 50; i++) put(`b/${i}`);
    const onProgress = ({ phase }: Progress): void => {
      if (phase === 'copying') writeFileSync(path, 'longer');
    };
    const error = await refusal(() => create({ onProgress }));
    expect(error).toMatchObject({ code: 'BACKUP_SOURCE_CHANGED', message: expect.stringContaining(path) as string });
    const vanishing = await refusal(() =>
      create({ onProgress: ({ phase }) => phase === 'copying' && rmSync(path, { force: true }) }),
    );
    expect(vanishing).toMatchObject({
      code: 'BACKUP_SOURCE_CHANGED',
      message: expect.stringMatching(/vanished/) as string,
    });
    expect(besides(home)).toEqual([]);
  });
});

describe('a running node', () => {
  it('may change, add and remove files meanwhile: what vanished is told', async () => {
    const { data, put, create } = makeHome();
    const gone = put('gone/a');
    const grows = put('grows', 'x');
    const backup = await create({
      stopped: false,
      onProgress: ({ phase }) => {
        if (phase !== 'copying') return;
        rmSync(gone, { force: true });
        writeFileSync(grows, 'longer');
        writeFileSync(join(data, 'new'), '');
      },
    });
    expect(backup.skipped).toEqual([{ path: 'gone/a', why: 'vanished' }]);
    expect(readdirSync(backup.path).sort()).toEqual(['.chainvisor-backup', 'gone', 'grows']);
    expect(readFileSync(join(backup.path, 'grows'), 'utf8')).toBe('longer');
  });

  it('is never linked: auto copies, and says why', async () => {
    const { data, put, create } = makeHome();
    put('a');
    const backup = await create({ strategy: 'auto', stopped: false });
    if (backup.strategy === 'copy') expect(backup.reason).toMatch(/no hard links: the node runs/);
    else expect(backup.strategy).toBe('reflink');
    expect(inodeOf(join(backup.path, 'a'))).not.toBe(inodeOf(join(data, 'a')));
  });
});
