import type { ChildFact, CurrentFact, FileFact } from '@chainvisor/policy';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { offlineHeights } from '../src/supervise/heights.js';
import { makeWorld, type World } from './helpers/context.js';
import { ended } from './helpers/records.js';
import { writeWal } from './helpers/wal.js';

type Question = Parameters<typeof offlineHeights>[1];

const plan = { name: 'v2', height: 10, info: '' };
const file: FileFact = { state: 'plan', plan };
const genesis: CurrentFact = { state: 'linked', target: 'genesis', plan: undefined, predecessor: undefined };
const child: ChildFact = { state: 'none' };
const question: Question = { file, current: genesis, child };

function sign({ ctx }: World, height: number): Promise<void> {
  return writeFile(ctx.validatorState, JSON.stringify({ height: String(height), round: 0, step: 3 }));
}

describe('the heights that are known without a live node', () => {
  it('are those on record, of the validator and of the consensus WAL', async () => {
    const world = await makeWorld();
    expect(await offlineHeights(world.ctx, question)).toEqual({});
    await world.ctx.journal.append({ ...ended, height: 7 });
    await sign(world, 8);
    await writeWal(world.layout.home, [8, 9]);
    expect(await offlineHeights(world.ctx, question)).toEqual({ recorded: 7, validator: 8, wal: 9 });
  });

  it.each<[string, Partial<Question>, number]>([
    ['the file names nothing', { file: { state: 'absent' } }, 8],
    ['the file names the plan of current', { current: { ...genesis, plan } }, 8],
    ['the validator has reached the height already', {}, 10],
    ['a node lives that may be asked', { child: alive(false) }, 8],
  ])('do not cost a look at the WAL where %s', async (_, change, signed) => {
    const world = await makeWorld();
    await sign(world, signed);
    await writeWal(world.layout.home, [10]);
    const heights = await offlineHeights(world.ctx, { ...question, ...change });
    expect(heights).toEqual({ recorded: undefined, validator: signed });
  });

  it.each<[string, Partial<Question>, readonly string[]]>([
    ['a live node is silent', { child: alive(true) }, []],
    ['the plan of current is to be skipped', { file: { state: 'absent' }, current: { ...genesis, plan } }, ['=10']],
  ])('are worth a look at the WAL where %s', async (_, change, skip) => {
    const world = await makeWorld({ args: ['start', ...skip.map((text) => `--unsafe-skip-upgrades${text}`)] });
    await writeWal(world.layout.home, [10]);
    expect(await offlineHeights(world.ctx, { ...question, ...change })).toMatchObject({ wal: 10 });
  });

  it('count after the word of the operator only as far as they have advanced since', async () => {
    const world = await makeWorld();
    await world.ctx.journal.append({ ...ended, height: 12 });
    await world.ctx.journal.append({ kind: 'chosen', target: 'genesis', validator: 12, wal: 12 });
    await sign(world, 12);
    await writeWal(world.layout.home, [12]);
    expect(await offlineHeights(world.ctx, question)).toEqual({});
    await world.ctx.journal.append({ ...ended, height: 9 });
    await writeWal(world.layout.home, [12, 13]);
    expect(await offlineHeights(world.ctx, question)).toEqual({ recorded: 9, validator: undefined, wal: 13 });
    await sign(world, 13);
    expect(await offlineHeights(world.ctx, question)).toEqual({ recorded: 9, validator: 13 });
  });
});

function alive(settled: boolean): ChildFact {
  return { state: 'alive', fileChanged: true, liveHeight: undefined, settled };
}
