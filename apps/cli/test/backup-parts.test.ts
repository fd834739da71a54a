import { link, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finishRestore } from '../src/backup/finish.js';
import { findBackup } from '../src/backup/find.js';
import { keepingOf } from '../src/backup/keep-state.js';
import { madeFor } from '../src/backup/made-for.js';
import { asideName, oldDataOf } from '../src/backup/old-data.js';
import { roomOf } from '../src/backup/room.js';
import { sizeText } from '../src/backup/texts.js';
import { CliError } from '../src/errors.js';
import { choiceOfTarget } from '../src/use/choice.js';
import { makeWorld, type World } from './helpers/context.js';
import { tempDir } from './helpers/temp.js';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345_678, '12.3 MB'],
  [1e9, '1.0 GB'],
  [2.5e12, '2.5 TB'],
  [2.5e15, '2500.0 TB'],
])('%i bytes are said as %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

it.each([
  [
    { plan: { name: 'v2', height: 5, more: 1 }, target: 'genesis' },
    { plan: { name: 'v2', height: 5 }, target: 'genesis' },
  ],
  [{ target: 'upgrades/v1' }, { target: 'upgrades/v1' }],
  [{ plan: { name: 'v2', height: '5' }, target: 7 }, {}],
  [{ plan: null, target: '' }, {}],
  ['text', {}],
  [null, {}],
  [undefined, {}],
])('what a manifest says of %j is understood as far as we write it', (about, made) => {
  expect(madeFor(about)).toEqual(made);
});

describe('room', () => {
  it('is given back by a file whose last name goes, and only by it', async () => {
    const dir = await tempDir();
    for (const name of ['a/deep', 'b', 'live']) await mkdir(join(dir, name), { recursive: true });
    await writeFile(join(dir, 'a/deep/own'), Buffer.alloc(8192, 1));
    await writeFile(join(dir, 'live/shared'), Buffer.alloc(8192, 1));
    await link(join(dir, 'live/shared'), join(dir, 'a/shared'));
    await link(join(dir, 'live/shared'), join(dir, 'b/shared'));
    expect(await roomOf([join(dir, 'a')])).toEqual({ bytes: 16_384, freed: 8192 });
    expect(await roomOf([join(dir, 'a'), join(dir, 'b')])).toEqual({ bytes: 24_576, freed: 8192 });
    await rm(join(dir, 'live/shared'));
    expect(await roomOf([join(dir, 'a'), join(dir, 'b')])).toEqual({ bytes: 24_576, freed: 16_384 });
    expect(await roomOf([join(dir, 'nowhere')])).toEqual({ bytes: 0, freed: 0 });
  });
});

describe('the name of the old data', () => {
  it('is the first that is free, beside the data and beside what is outside of it', async () => {
    const { layout } = await makeWorld();
    const at = (name: string) => join(layout.home, name);
    await mkdir(at('wasm'));
    expect(await asideName(layout, ['wasm'], '2026-1-2')).toBe('data-before-restore-2026-1-2');
    await mkdir(at('data-before-restore-2026-1-2-wasm'));
    expect(await asideName(layout, [], '2026-1-2')).toBe('data-before-restore-2026-1-2');
    expect(await asideName(layout, ['wasm'], '2026-1-2')).toBe('data-before-restore-2026-1-2-2');
    // A link that leads nowhere has the name as well.
    await symlink('nowhere', at('data-before-restore-2026-1-2-2'));
    expect(await asideName(layout, ['wasm'], '2026-1-2')).toBe('data-before-restore-2026-1-2-3');
  });

  it('begins with that of the directory, so that no home removes what is of another', async () => {
    const { layout, ctx } = await makeWorld();
    const disk = await tempDir();
    await rm(layout.data, { recursive: true });
    for (const name of ['one', 'one-before-restore-2026-1-2', 'two-before-restore-2026-1-2', 'one-before-restore-x']) {
      await mkdir(join(disk, name));
    }
    await writeFile(join(disk, 'one-before-restore-2026-1-3'), '');
    await symlink(join(disk, 'one'), layout.data);
    expect(await asideName(layout, [], '2026-1-2')).toBe('one-before-restore-2026-1-2-2');
    expect(await oldDataOf(layout, ctx.settings)).toEqual([
      { name: 'one-before-restore-2026-1-2', path: join(disk, 'one-before-restore-2026-1-2') },
    ]);
  });
});

describe('a backup that the command line names', () => {
  it('is a name where backups are, or a path; the slash of a shell is none', async () => {
    const { layout, ctx } = await makeWorld();
    const path = join(layout.home, 'b');
    await mkdir(path);
    for (const word of ['b', 'b/', path, `${path}//`]) {
      expect(await findBackup(layout, ctx.settings, word)).toBe(path);
    }
    await expect(findBackup(layout, ctx.settings, './b')).rejects.toMatchObject({ code: 'disk' });
    await expect(findBackup(layout, ctx.settings, '..')).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('the state that a restore keeps', () => {
  const text = (height: number) => JSON.stringify({ height: String(height), round: 0, step: 3 });

  /** A home whose live file, record and backup say these heights. */
  async function home(
    live: number | string | undefined,
    record: number | undefined,
    backup: number | undefined,
  ): Promise<{ world: World; dir: string }> {
    const world = await makeWorld();
    const dir = await tempDir();
    const file = 'priv_validator_state.json';
    if (live !== undefined)
      await writeFile(join(world.layout.data, file), typeof live === 'string' ? live : text(live));
    if (backup !== undefined) await writeFile(join(dir, file), text(backup));
    if (record !== undefined) await world.ctx.journal.append({ kind: 'validator', height: record, round: 0, step: 3 });
    await world.ctx.journal.close();
    return { world, dir };
  }

  it.each<[number | undefined, number | undefined, number | undefined, number, string]>([
    [7, undefined, 5, 7, 'live'],
    [7, 7, 7, 7, 'live'],
    [7, 8, 5, 8, 'record'],
    [7, 8, 9, 9, 'backup'],
    [0, undefined, undefined, 0, 'live'],
  ])('with %s live, %s on record and %s in the backup is %i, %s', async (live, record, backup, height, from) => {
    const { world, dir } = await home(live, record, backup);
    const keeping = await keepingOf(world.layout, dir);
    expect(keeping).toMatchObject({ isOutside: false, state: { height }, from });
    expect(keeping.keep).toEqual({
      file: 'priv_validator_state.json',
      ...(record === undefined ? {} : { atLeast: { height: BigInt(record), round: 0, step: 3 } }),
    });
  });

  it.each([
    ['a directory that is a link to the data', 'state', 'data', 'state/pvs.json', 'pvs.json'],
    ['one in the data, into the data', 'data/link', 'deep', 'data/link/pvs.json', 'deep/pvs.json'],
    ['one in the data, out of it', 'data/link', '../out', 'data/link/pvs.json', 'link/pvs.json'],
  ])('is the one in the data also where config.toml names %s', async (_, link, leads, configured, file) => {
    const { layout } = await makeWorld();
    const at = (name: string) => join(layout.home, name);
    for (const name of ['config', 'data/deep', 'out']) await mkdir(at(name));
    await symlink(leads, at(link));
    await writeFile(at('config/config.toml'), `priv_validator_state_file = "${configured}"\n`);
    await writeFile(at(configured), text(7));
    const keeping = await keepingOf(layout, await tempDir());
    expect(keeping).toMatchObject({ isOutside: false, state: { height: 7 }, keep: { file } });
  });

  it.each<[number | string | undefined, number | undefined]>([
    [undefined, undefined],
    [undefined, 8],
    ['', undefined],
    ['{}', 8],
  ])('is not known with %j live and %s on record, whatever the backup says', async (live, record) => {
    const { world, dir } = await home(live, record, 99);
    await expect(keepingOf(world.layout, dir)).rejects.toMatchObject({ code: 'disk' });
  });
});

it('what `current` once named is a choice, also where it led out of the home', async () => {
  const { layout } = await makeWorld();
  expect(choiceOfTarget(layout, 'genesis')).toMatchObject({ target: 'genesis', dir: layout.genesis });
  expect(choiceOfTarget(layout, 'upgrades/v2')).toMatchObject({ target: 'upgrades/v2', plan: 'v2' });
  expect(choiceOfTarget(layout, '/opt/v2')).toEqual({ target: '/opt/v2', dir: '/opt/v2', plan: undefined });
});

it.each([undefined, null, {}, { target: '' }, { target: 7 }])(
  'a restore whose note is %j is not finished',
  async (note) => {
    const { layout } = await makeWorld();
    const finish = finishRestore(layout, () => undefined);
    await expect(finish(note)).rejects.toThrow(CliError);
  },
);
