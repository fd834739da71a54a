import { createLayout } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planChanges, remember } from '../src/changes.js';
import type { ChainView } from '../src/node/view.js';
import { readState, seen, type State, timeUntil, writeState } from '../src/state.js';
import { tempDir } from './helpers/temp.js';

const layout = createLayout({ home: '/h', daemon: 'palomad', recase: true });
const v2: Plan = { name: 'v2', height: 100, info: 'x' };
const question = { address: { state: 'disabled', text: '', source: 'default' }, timeout: 1 } as const;

function chain(height: number, plan?: Plan): ChainView {
  return { reachable: true, question, height, plan, catchingUp: false };
}
const down: ChainView = { reachable: false, reason: 'ECONNREFUSED' };

describe('the plan of an earlier run', () => {
  it.each<[what: string, now: ChainView, said: readonly string[]]>([
    ['is as it was', chain(50, v2), []],
    ['is only spelled otherwise', chain(50, { ...v2, name: 'V2' }), []],
    ['cannot be compared while the node is down', down, []],
    ['was cancelled', chain(50), ['plan "v2" for height 100 was cancelled; a binary staged for it stays']],
    ['was made', chain(100), []],
    ['was made, and another one follows', chain(120, { ...v2, name: 'v3', height: 200 }), []],
    [
      'was replaced',
      chain(50, { ...v2, name: 'v3', height: 90 }),
      ['plan "v2" for height 100 was replaced by "v3" at height 90; a binary staged for it stays'],
    ],
    ['was moved', chain(50, { ...v2, height: 200 }), ['plan "v2" moved from height 100 to 200']],
    ['names something else', chain(50, { ...v2, info: 'y' }), ['the info of plan "v2" changed']],
    [
      'was moved and names something else',
      chain(50, { ...v2, height: 99, info: '' }),
      ['plan "v2" moved from height 100 to 99', 'the info of plan "v2" changed'],
    ],
  ])('%s', (_, now, said) => {
    expect(planChanges(layout, seen(v2), now)).toEqual(said);
  });

  it('is not compared where there was none', () => {
    expect(planChanges(layout, undefined, chain(50, v2))).toEqual([]);
  });
});

describe('what is remembered', () => {
  it('is the plan, and a height with its time', () => {
    expect(remember({ v: 1 }, chain(50, v2), 1000)).toEqual({ v: 1, plan: seen(v2), sample: { at: 1000, height: 50 } });
  });

  it('keeps the first height for a day', () => {
    const state: State = { v: 1, plan: seen(v2), sample: { at: 1000, height: 50 } };
    expect(remember(state, chain(90, v2), 5000)).toEqual(state);
    const later = 1000 + 25 * 3_600_000;
    expect(remember(state, chain(90, v2), later).sample).toEqual({ at: later, height: 90 });
  });

  it('forgets a height that the chain is below, and one from the future', () => {
    expect(remember({ v: 1, sample: { at: 1000, height: 50 } }, chain(40), 2000).sample).toEqual({
      at: 2000,
      height: 40,
    });
    expect(remember({ v: 1, sample: { at: 9000, height: 50 } }, chain(60), 2000).sample).toEqual({
      at: 2000,
      height: 60,
    });
  });

  it('stays as it is while the node is down, and forgets a plan that is gone', () => {
    const state: State = { v: 1, plan: seen(v2), sample: { at: 1000, height: 50 } };
    expect(remember(state, down, 2000)).toBe(state);
    expect(remember(state, chain(60), 2000)).toEqual({ v: 1, sample: { at: 1000, height: 50 } });
  });

  it('is read as it was written, and is nothing where the file is torn or of a newer version', async () => {
    const own = createLayout({ home: await tempDir(), daemon: 'palomad', recase: true });
    await mkdir(own.root);
    expect(await readState(own)).toEqual({ v: 1 });
    const state: State = { v: 1, plan: seen(v2), sample: { at: 1000, height: 50 } };
    await writeState(own, state);
    expect(await readState(own)).toEqual(state);
    const file = join(own.own, 'stager.json');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 20));
    expect(await readState(own)).toEqual({ v: 1 });
    for (const text of ['null', '{"v":2}', '{"v":1,"plan":{"name":3},"sample":"x"}']) {
      await writeFile(file, text);
      expect(await readState(own)).toEqual({ v: 1 });
    }
  });
});

describe('the time until a height', () => {
  const before = { at: 0, height: 100 };

  it('follows from the pace since', () => {
    expect(timeUntil(300, { at: 600_000, height: 200 }, before)).toBe(600_000);
  });

  it.each([
    ['too recent a look', 300, { at: 59_999, height: 200 }, before],
    ['a chain that stands', 300, { at: 600_000, height: 100 }, before],
    ['a height that is reached', 200, { at: 600_000, height: 200 }, before],
    ['a look at another chain, of far greater heights', 10_000_000, { at: 600_000, height: 9_000_000 }, before],
    ['a look that is older than any chain', 300, { at: 1e15, height: 200 }, before],
    ['no look before', 300, { at: 600_000, height: 200 }, undefined],
  ])('is not known from %s', (_, height, now, earlier) => {
    expect(timeUntil(height, now, earlier)).toBeUndefined();
  });
});
