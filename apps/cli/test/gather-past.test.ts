import { readInfo } from '@chainvisor/watcher';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Facts } from '@chainvisor/policy';
import { gather } from '../src/supervise/gather.js';
import { makeWorld, putBinary, type World } from './helpers/context.js';
import { upgradeRecord } from './helpers/records.js';

async function factsOf({ ctx, layout }: World): Promise<Facts> {
  return gather(ctx, await readInfo(layout.upgradeInfo), { state: 'none' });
}

function writePlan({ layout }: World, name: string, height: number): Promise<void> {
  return writeFile(layout.upgradeInfo, JSON.stringify({ name, height, info: 'i' }));
}

describe('an upgrade that was passed as it was to be skipped', () => {
  it('is skipped without the flag as well, until the operator says which binary belongs to the data', async () => {
    const world = await makeWorld();
    await writePlan(world, 'v2', 10);
    await world.ctx.journal.append({ kind: 'skipped', name: 'v2', height: 10 });
    expect((await factsOf(world)).skipHeights).toEqual([10]);
    await world.ctx.journal.append({ kind: 'chosen', target: 'upgrades/v2' });
    expect((await factsOf(world)).skipHeights).toEqual([]);
  });

  it('counts again where a node has halted for it and written the file anew', async () => {
    const { ctx, layout } = await makeWorld();
    await writeFile(layout.upgradeInfo, '{"name":"v2","height":10}');
    await ctx.journal.append({ kind: 'skipped', name: 'v2', height: 10 });
    const child = { state: 'ended', fileChanged: true, liveHeight: 9, by: 'itself', relaunched: false } as const;
    expect((await gather(ctx, await readInfo(layout.upgradeInfo), child)).skipHeights).toEqual([]);
  });

  it('is another than the one of the same name at another height', async () => {
    const world = await makeWorld();
    await writePlan(world, 'v2', 20);
    await world.ctx.journal.append({ kind: 'skipped', name: 'v2', height: 10 });
    expect((await factsOf(world)).skipHeights).toEqual([]);
  });
});

describe('an upgrade that was made', () => {
  async function madeWorld(current: string): Promise<World> {
    const world = await makeWorld();
    const { layout } = world;
    await writePlan(world, 'v2', 10);
    await putBinary(join(layout.upgrades, 'v2', 'bin', 'palomad'));
    await writeFile(join(layout.upgrades, 'v2', 'upgrade-info.json'), '{"name":"v2","height":10}');
    await mkdir(join(layout.upgrades, 'v2.1'));
    await mkdir(layout.genesis);
    await symlink(current, layout.current);
    return world;
  }

  it('is told by the plan beside its binary, with current moved on by hand', async () => {
    expect((await factsOf(await madeWorld('upgrades/v2.1'))).staged).toMatchObject({ made: true });
  });

  it('is to be made again where current was moved back to what it came from', async () => {
    const world = await madeWorld('upgrades/v2.1');
    await world.ctx.journal.append({ kind: 'current', target: 'upgrades/v2', from: 'upgrades/v2.1' });
    expect((await factsOf(world)).staged).toMatchObject({ made: false });
  });

  it('is told of a link that is lost by its height on record', async () => {
    const world = await makeWorld();
    await world.ctx.journal.append(upgradeRecord('switched'));
    await world.ctx.journal.append({ kind: 'current', target: 'upgrades/v2', from: 'genesis' });
    expect((await factsOf(world)).journalCurrent).toMatchObject({ target: 'upgrades/v2', height: 10 });
  });
});

describe('under a live child', () => {
  it('current is what that runs, wherever the link was moved since', async () => {
    const world = await makeWorld();
    const { ctx, layout } = world;
    for (const [name, height] of [
      ['v2', 10],
      ['v3', 20],
    ] as const) {
      await mkdir(join(layout.upgrades, name));
      await writeFile(join(layout.upgrades, name, 'upgrade-info.json'), JSON.stringify({ name, height }));
    }
    await symlink('upgrades/v3', layout.current);
    const child = { state: 'alive', fileChanged: false, liveHeight: 15, settled: false } as const;
    const { current } = await gather(ctx, { state: 'absent' }, child, 'upgrades/v2');
    expect(current).toMatchObject({ target: 'upgrades/v2', plan: { name: 'v2', height: 10 } });
  });
});
