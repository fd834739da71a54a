import { rm } from 'node:fs/promises';
import type { Facts } from '@chainvisor/policy';
import type { Ending } from '@chainvisor/runner';
import { describe, expect, it } from 'vitest';
import {
  adviseOnWrongBinary,
  endedAtOnce,
  mayBeOfOtherData,
  othersToUse,
  useCommand,
} from '../src/supervise/wrong-binary.js';
import { makeWorld, putBinary, type World } from './helpers/context.js';

const crash: Ending = { code: 2, signal: undefined, reason: 'itself', signalSent: undefined, ranFor: 900, remnants: 0 };

const ended = { state: 'ended', fileChanged: false, liveHeight: undefined, by: 'itself', relaunched: false } as const;

function facts(more: Partial<Facts> = {}): Facts {
  return {
    file: { state: 'absent' },
    lastGood: undefined,
    current: { state: 'linked', target: 'genesis', plan: undefined, predecessor: undefined },
    journalCurrent: undefined,
    staged: undefined,
    child: ended,
    heights: { recorded: undefined, validator: 0 },
    open: undefined,
    skipHeights: [],
    manual: [],
    downloadAllowed: false,
    scriptMayBring: false,
    ...more,
  };
}

async function staged(...names: readonly string[]): Promise<World> {
  const world = await makeWorld();
  await putBinary(`${world.layout.genesis}/bin/palomad`);
  for (const name of names) await putBinary(`${world.layout.upgrades}/${name}/bin/palomad`);
  return world;
}

describe('the advice on a binary that ended at once', () => {
  it('is one line that names it and the command to type', async () => {
    const world = await staged('v3');
    await adviseOnWrongBinary(world.ctx, facts(), crash);
    expect(world.said).toMatchObject([{ level: 'error' }]);
    expect(world.said[0]?.message).toMatch(/^genesis may be the wrong binary .* exited with code 2 at once/);
    expect(world.said[0]?.message).toMatch(/: chainvisor use v3$/);
  });

  it('names all that may be chosen, genesis too, but not what ran', async () => {
    const world = await staged('v3', 'v4');
    const current = { state: 'linked', target: 'upgrades/v4', plan: undefined, predecessor: undefined } as const;
    await adviseOnWrongBinary(world.ctx, facts({ current }), crash);
    expect(world.said[0]?.message).toMatch(/^upgrades\/v4 may be .*: chainvisor use <name>, with one of genesis, v3$/);
  });

  it('is none where nothing else is staged', async () => {
    const world = await staged();
    await adviseOnWrongBinary(world.ctx, facts(), crash);
    await adviseOnWrongBinary(world.ctx, facts(), undefined);
    expect(world.said).toEqual([]);
  });
});

describe('an ending', () => {
  it('may be the word of a wrong binary where it came at once', () => {
    expect(endedAtOnce(facts(), crash)).toBe(true);
    expect(endedAtOnce(facts(), { ...crash, code: undefined, signal: 'SIGABRT' })).toBe(true);
    expect(endedAtOnce(facts(), { ...crash, ranFor: 60_000 })).toBe(true);
    expect(endedAtOnce(facts({ file: { state: 'plan', plan: { name: 'v3', height: 9, info: '' } } }), crash)).toBe(
      true,
    );
  });

  it.each<[string, Partial<Facts>, Partial<Ending>]>([
    ['after more than a minute', {}, { ranFor: 60_001 }],
    ['without an error', {}, { code: 0 }],
    ['by the operator', { child: { ...ended, by: 'operator' } }, {}],
    ['of a node that told its height', { child: { ...ended, liveHeight: 5 } }, {}],
    ['over a file that no node can read', { file: { state: 'unreadable', reason: 'torn' } }, {}],
  ])('%s is not', (_, more, ending) => {
    expect(endedAtOnce(facts(more), { ...crash, ...ending })).toBe(false);
  });
});

describe('data', () => {
  const current = {
    state: 'linked',
    target: 'upgrades/v2',
    plan: { name: 'v2', height: 50, info: '' },
    predecessor: undefined,
  } as const;

  it.each<[string, Partial<Facts>, number | undefined, boolean]>([
    ['of which nothing is known', { heights: {} }, undefined, true],
    ['of which only the log tells', { heights: { validator: 0 } }, 40, true],
    ['of which a height is recorded', { heights: { recorded: 40 } }, undefined, false],
    ['as high as what is recorded', { heights: { recorded: 40 } }, 40, false],
    ['one block behind its validator', { heights: { validator: 40 } }, 39, false],
    ['further behind its validator', { heights: { validator: 40 } }, 38, true],
    ['further behind what is recorded', { heights: { recorded: 40 } }, 38, true],
    ['at the upgrade of current', { heights: { recorded: 49 }, current }, 49, false],
    ['before the upgrade of current', { heights: { recorded: 45 }, current }, 45, true],
  ])('%s may be other data: %o, %s, %s', (_, more, wal, may) => {
    expect(mayBeOfOtherData(facts(more), wal)).toBe(may);
  });
});

describe('what else may be used', () => {
  it('is what can run, moved in or not', async () => {
    const { layout } = await staged('v3');
    await putBinary(`${layout.upgrades}/v4/palomad`);
    await putBinary(`${layout.upgrades}/v5/bin/palomad`, 0o644);
    expect(await othersToUse(layout, 'upgrades/v3')).toEqual(['genesis', 'v4']);
  });

  it('is nothing where it cannot be listed', async () => {
    const { layout } = await makeWorld();
    await rm(layout.root, { recursive: true });
    expect(await othersToUse(layout, 'genesis')).toEqual([]);
  });

  it('is a command to type', () => {
    expect(useCommand(['v3'])).toBe('chainvisor use v3');
    expect(useCommand(['v3', 'v4'])).toBe('chainvisor use <name>, with one of v3, v4');
  });
});
