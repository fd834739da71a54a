import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBackup, clearUnfinished, removeAside } from '../src/index.ts';
import { makeHome, refusal, temporary, treeOf } from './home.ts';

describe('a look at a backup', () => {
  it('tells what it says about itself, outside directories looked at, and writes nothing', async () => {
    const home = makeHome();
    home.put('state.db/1', 'one');
    await mkdir(join(home.home, 'wasm'));
    await writeFile(join(home.home, 'wasm/code'), 'wasm');
    const outside = [{ name: 'wasm', path: join(home.home, 'wasm') }];
    const { path } = await home.create({ about: { plan: 'v2' }, outside });
    const before = treeOf(path, 'nothing');
    expect(await checkBackup(path)).toMatchObject({ name: 'b', about: { plan: 'v2' } });
    expect(treeOf(path, 'nothing')).toEqual(before);
    rmSync(join(path, '.chainvisor-backup/outside/wasm/code'));
    expect(await refusal(() => checkBackup(path))).toMatchObject({ code: 'BACKUP_DAMAGED' });
  });

  it.each([
    ['a file is gone', (path: string) => rmSync(join(path, 'state.db/1')), 'BACKUP_DAMAGED'],
    ['a file has another size', (path: string) => writeFileSync(join(path, 'state.db/1'), 'x'), 'BACKUP_DAMAGED'],
    [
      'the manifest is cut short',
      (path: string) => writeFileSync(join(path, '.chainvisor-backup/manifest.jsonl'), ''),
      'BACKUP_MANIFEST_INVALID',
    ],
    ['it is gone', (path: string) => rmSync(path, { recursive: true }), 'BACKUP_DATA_INVALID'],
  ])('refuses it where %s', async (_, damage, code) => {
    const home = makeHome();
    home.put('state.db/1', 'one');
    const { path } = await home.create();
    damage(path);
    expect(await refusal(() => checkBackup(path))).toMatchObject({ code });
  });

  it('has nothing to tell of one without a manifest', async () => {
    expect(await checkBackup(temporary())).toBeUndefined();
  });

  it('can be aborted', async () => {
    const signal = AbortSignal.abort();
    expect(await refusal(() => checkBackup(temporary(), { signal }))).toMatchObject({ code: 'BACKUP_ABORTED' });
  });
});

describe('what is removed', () => {
  it('is all of the old data, and nothing beside it', async () => {
    const home = makeHome();
    home.put('deep/state.db/1');
    await removeAside(home.data);
    expect(readdirSync(home.home)).toEqual([]);
    expect(await refusal(() => removeAside(home.data))).toMatchObject({ code: 'BACKUP_WRITE_FAILED' });
    expect(await refusal(() => removeAside('data'))).toMatchObject({ code: 'BACKUP_OPTION_INVALID' });
  });

  it('is told, and left, in a dry run', async () => {
    const home = makeHome();
    const hidden = '.b.unfinished-1-1-00000001-00000001-00000001-00000001';
    await mkdir(join(home.home, hidden));
    const options = { all: true, dryRun: true };
    expect(await clearUnfinished(dirname(home.data), options)).toEqual([hidden]);
    expect(await clearUnfinished(home.home, options)).toEqual([hidden]);
    expect(await clearUnfinished(home.home, { all: true })).toEqual([hidden]);
    expect(await clearUnfinished(home.home, options)).toEqual([]);
  });
});
