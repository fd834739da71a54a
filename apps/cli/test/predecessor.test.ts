import { readCurrent } from '@chainvisor/layout';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { predecessorOf } from '../src/supervise/predecessor.js';
import { makeWorld, putBinary, type World } from './helpers/context.js';

async function switchedTo({ layout }: World, name: string, height: number, mode?: number): Promise<void> {
  await putBinary(join(layout.upgrades, name, 'bin', 'palomad'), mode);
  await writeFile(join(layout.upgrades, name, 'upgrade-info.json'), JSON.stringify({ name, height }));
}

async function predecessor({ ctx, layout }: World): Promise<string | undefined> {
  const current = await readCurrent(layout);
  if (current.state !== 'linked') throw new Error('no current');
  return predecessorOf(layout, current, ctx.journal.history());
}

async function worldAt(name: string, height: number): Promise<World> {
  const world = await makeWorld();
  await switchedTo(world, name, height);
  await symlink(`upgrades/${name}`, world.layout.current);
  return world;
}

describe('what ran before', () => {
  it('is what the journal says', async () => {
    const world = await worldAt('v3', 20);
    await switchedTo(world, 'v2', 10);
    await world.ctx.journal.append({ kind: 'current', target: 'upgrades/v3', from: '/opt/other' });
    expect(await predecessor(world)).toBe('/opt/other');
  });

  it('is, without a journal, the newest upgrade below that was switched to and can run', async () => {
    const world = await worldAt('v9', 90);
    await switchedTo(world, 'v2', 20);
    await switchedTo(world, 'v3', 30);
    await switchedTo(world, 'v4', 40, 0o644);
    await switchedTo(world, 'v10', 100);
    await putBinary(join(world.layout.upgrades, 'staged', 'bin', 'palomad'));
    expect(await predecessor(world)).toBe('upgrades/v3');
  });

  it('is, with no upgrade below, genesis where that can run', async () => {
    const world = await worldAt('v2', 20);
    expect(await predecessor(world)).toBeUndefined();
    await putBinary(join(world.layout.genesis, 'bin', 'palomad'));
    expect(await predecessor(world)).toBe('genesis');
  });

  it('is unknown where the plan of current is', async () => {
    const world = await makeWorld();
    await putBinary(join(world.layout.genesis, 'bin', 'palomad'));
    await symlink('genesis', world.layout.current);
    expect(await predecessor(world)).toBeUndefined();
  });
});
