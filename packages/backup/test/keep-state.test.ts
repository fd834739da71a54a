import { readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreBackup } from '../src/index.ts';
import { STATE, makeBackedUp, read, without } from './backed-up.ts';
import { besides, makeHome, put as putAt, refusal, state, treeOf } from './home.ts';

describe('the validator state', () => {
  it('is the live one where that is as late, byte for byte, with its mode', async () => {
    const { data, restore } = await makeBackedUp();
    const text = ' {"height":"10","round":0,"step":3}\n';
    putAt(join(data, STATE), text, 0o640);
    expect((await restore()).state.from).toBe('live');
    expect(read(data, STATE)).toBe(text);
    expect(statSync(join(data, STATE)).mode & 0o777).toBe(0o640);
  });

  it('is that of the backup where the live one is earlier', async () => {
    const { data, restore } = await makeBackedUp();
    putAt(join(data, STATE), state(10, 0, 2));
    expect((await restore()).state).toMatchObject({ from: 'backup', state: { height: 10n, step: 3 } });
    expect(read(data, STATE)).toBe(state(10));
  });

  it('is the live one where the backup has none, or one that cannot be read', async () => {
    const { data, backup, restore } = await makeBackedUp();
    writeFileSync(join(backup, STATE), 'x'.repeat(state(10).length));
    expect((await restore()).state.from).toBe('live');
    expect(read(data, STATE)).toBe(state(20));
  });

  it.each([
    ['empty', ''],
    ['cut short', state(20).slice(0, -3)],
    ['without a height', '{"round":0,"step":3}'],
    ['with a height that is no number', '{"height":"20x","round":0,"step":3}'],
    ['with a height that JSON numbers cannot hold', '{"height":9007199254740993,"round":0,"step":3}'],
    ['with a negative round', '{"height":"20","round":-1,"step":3}'],
  ])('that is %s is never replaced, whatever is forced', async (_, text) => {
    const { home, data, restore } = await makeBackedUp();
    putAt(join(data, STATE), text);
    const now = treeOf(data);
    const keepState = { atLeast: { height: 99n, round: 0, step: 3 } };
    for (const options of [{}, { keepState }, { strategy: 'link' as const, keepState }]) {
      const error = await refusal(() => restore(options));
      expect(error).toMatchObject({
        code: 'BACKUP_STATE_UNKNOWN',
        message: expect.stringContaining(join(data, STATE)) as string,
      });
      expect(error.hint).toMatch(/put the file right/);
    }
    expect(treeOf(data)).toEqual(now);
    expect(besides(home)).toEqual(['b']);
  });

  it('must be given where there is none, and is raised to what is given', async () => {
    const { data, restore } = await makeBackedUp();
    rmSync(join(data, STATE));
    expect((await refusal(() => restore())).code).toBe('BACKUP_STATE_UNKNOWN');
    const atLeast = { height: 15n, round: 1, step: 2 };
    expect((await restore({ keepState: { atLeast } })).state).toEqual({ from: 'atLeast', state: atLeast });
    expect(JSON.parse(read(data, STATE))).toEqual({ height: '15', round: 1, step: 2 });
    const lower = { height: 1n, round: 0, step: 0 };
    expect((await restore({ aside: 'older', keepState: { atLeast: lower } })).state.state).toEqual(atLeast);
  });

  it('must be given where there is no data directory at all', async () => {
    const { home, data, backup, restore } = await makeBackedUp();
    rmSync(data, { recursive: true });
    expect((await refusal(() => restore())).code).toBe('BACKUP_STATE_UNKNOWN');
    const restored = await restore({ keepState: { atLeast: { height: 0n, round: 0, step: 0 } } });
    expect(restored).toMatchObject({ aside: undefined, state: { from: 'backup', state: { height: 10n } } });
    expect(without(treeOf(data))).toEqual(without(treeOf(backup)));
    expect(besides(home)).toEqual(['b']);
  });

  it('may have another name below the data', async () => {
    const { data, put, create } = makeHome();
    put('signer/state.json', state(10));
    const backup = (await create()).path;
    put('signer/state.json', state(20));
    await restoreBackup({ backup, data, aside: 'old', strategy: 'copy', keepState: { file: 'signer/state.json' } });
    expect(read(data, 'signer/state.json')).toBe(state(20));
  });

  it('stays a link to a place outside, and must not be one into the data', async () => {
    const { home, data, restore } = await makeBackedUp();
    const outside = putAt(join(home, 'signer/state.json'), state(30));
    rmSync(join(data, STATE));
    symlinkSync('../signer/state.json', join(data, STATE));
    await restore();
    expect(readlinkSync(join(data, STATE))).toBe('../signer/state.json');
    expect(read(data, STATE)).toBe(state(30));

    rmSync(join(data, STATE));
    putAt(join(data, 'cs.wal/state.json'), state(40));
    symlinkSync(join(data, 'cs.wal/state.json'), join(data, STATE));
    expect(await refusal(() => restore({ aside: 'old-2' }))).toMatchObject({
      code: 'BACKUP_STATE_UNKNOWN',
      message: expect.stringMatching(/link into the data itself/) as string,
    });
    expect(read(data, STATE)).toBe(state(40));
    expect(read(outside)).toBe(state(30));
  });
});
