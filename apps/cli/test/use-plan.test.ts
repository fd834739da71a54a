import { parseUpgradeInfo } from '@chainvisor/plan';
import { type InfoFact, WatcherError } from '@chainvisor/watcher';
import { describe, expect, it } from 'vitest';
import { CliError } from '../src/errors.js';
import { planFor, type PlanFacts } from '../src/use/plan.js';

function info(text: string): InfoFact {
  const bytes = Buffer.from(text);
  return { state: 'plan', plan: parseUpgradeInfo(bytes), bytes, stamp: text };
}

const absent: InfoFact = { state: 'absent' };
const unreadable: InfoFact = {
  state: 'unreadable',
  reason: 'malformed',
  error: new WatcherError('INFO_MALFORMED', 'it is torn'),
  stamp: 'x',
};
const v3 = info('{"name":"v3","height":10}');
const v4 = info('{"name":"v4","height":30}');

function facts(more: Partial<PlanFacts>): PlanFacts {
  const choice = { target: 'upgrades/v3', dir: '/h/cosmovisor/upgrades/v3', plan: 'v3' };
  const sources = { file: absent, record: absent, height: undefined };
  return { choice, word: 'v3', fileIsItsOwn: false, fileIsNext: false, ...sources, ...more };
}

const genesis = { choice: { target: 'genesis', dir: '/h/cosmovisor/genesis', plan: undefined }, word: 'genesis' };

function refusalOf(more: Partial<PlanFacts>): CliError {
  try {
    planFor(facts(more));
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('this was accepted');
}

describe('the plan of a chosen binary', () => {
  it('is that of the file where it is of the very directory: its bytes are placed', () => {
    const text = '{ "name": "v3", "height": "10", "info": "as the node wrote it" }\n';
    const { plan, bytes, warnings } = planFor(facts({ file: info(text), fileIsItsOwn: true }));
    expect(plan).toMatchObject({ name: 'v3', height: 10 });
    expect(Buffer.from(bytes ?? []).toString()).toBe(text);
    expect(warnings).toEqual([]);
  });

  it('replaces another record of the directory then, and leaves the same alone', () => {
    const other = planFor(facts({ file: v3, fileIsItsOwn: true, record: info('{"name":"v3","height":7}') }));
    expect(other).toMatchObject({ plan: { height: 10 }, bytes: Buffer.from('{"name":"v3","height":10}') });
    const torn = planFor(facts({ file: v3, fileIsItsOwn: true, record: unreadable }));
    expect(torn.bytes).toEqual(Buffer.from('{"name":"v3","height":10}'));
    const same = planFor(facts({ file: v3, fileIsItsOwn: true, record: v3 }));
    expect(same).toMatchObject({ plan: { height: 10 }, bytes: undefined, warnings: [] });
  });

  it('is the recorded one, whatever the file names, which is said', () => {
    const later = planFor(facts({ file: v4, record: v3 }));
    expect(later).toMatchObject({ plan: { name: 'v3', height: 10 }, bytes: undefined });
    expect(later.warnings).toEqual([expect.stringMatching(/"v4" at height 30: that upgrade is carried out once/)]);
    const older = planFor(facts({ file: info('{"name":"v2","height":5}'), record: v3 }));
    expect(older).toMatchObject({ plan: { name: 'v3', height: 10 }, bytes: undefined });
    expect(older.warnings).toEqual([
      expect.stringMatching(/"v2" at height 5, older than "v3" at height 10 .*left alone/),
    ]);
  });

  it('is none where nothing names one and nothing hangs on it', () => {
    expect(planFor(facts({}))).toEqual({ plan: undefined, bytes: undefined, warnings: [] });
  });

  it('is the word of the operator where nothing else names one', () => {
    for (const more of [{}, { file: v4 }, { file: v4, record: unreadable }]) {
      const { plan, bytes } = planFor(facts({ ...more, height: 10 }));
      expect(plan).toMatchObject({ name: 'v3', height: 10 });
      expect(Buffer.from(bytes ?? []).toString()).toBe('{"name":"v3","height":10}');
      expect(parseUpgradeInfo(bytes ?? '')).toMatchObject({ name: 'v3', height: 10 });
    }
  });

  it('is not guessed where the file names another: the command to type is said', () => {
    for (const record of [absent, unreadable]) {
      const { code, message, reason, hint } = refusalOf({ file: v4, record });
      expect(code).toBe('usage');
      expect(message).toContain('"v4" at height 30');
      expect(reason).toContain('switch backwards');
      expect(hint).toContain('chainvisor use v3 --height <that height>');
    }
  });

  it('is none where the file is known to name the next: no order is to be guessed', () => {
    const { plan, bytes, warnings } = planFor(facts({ file: v4, fileIsNext: true }));
    expect([plan, bytes]).toEqual([undefined, undefined]);
    expect(warnings).toEqual([expect.stringMatching(/"v4" at height 30: that upgrade is carried out once/)]);
    expect(planFor(facts({ file: v4, record: v3, fileIsNext: true }))).toMatchObject({ plan: { name: 'v3' } });
  });

  it('is not one that the chain cannot have', () => {
    const { code, message } = refusalOf({ file: v4, height: 30 });
    expect(code).toBe('usage');
    expect(message).toMatch(/"v3" at height 30 .*"v4" at height 30/);
  });

  it.each([
    ['the file', { file: v3, fileIsItsOwn: true }, 'data/upgrade-info.json'],
    ['the record', { record: v3, file: v4 }, 'upgrades/v3/upgrade-info.json'],
  ])('is that of %s: another --height is refused, naming both, the same accepted', (_, more, source) => {
    const { code, message } = refusalOf({ ...more, height: 11 });
    expect(code).toBe('usage');
    expect(message).toContain('--height 11');
    expect(message).toContain(source);
    expect(message).toContain('"v3" at height 10');
    expect(planFor(facts({ ...more, height: 10 }))).toMatchObject({ plan: { height: 10 } });
  });

  it('is told beside a file or record that cannot be read', () => {
    const { plan, bytes, warnings } = planFor(facts({ file: unreadable, record: unreadable }));
    expect([plan, bytes]).toEqual([undefined, undefined]);
    expect(warnings).toHaveLength(2);
  });
});

describe('genesis', () => {
  it('needs no height: every plan comes after it', () => {
    const { plan, bytes, warnings } = planFor(facts({ ...genesis, file: v4 }));
    expect([plan, bytes]).toEqual([undefined, undefined]);
    expect(warnings).toEqual([expect.stringContaining('"v4" at height 30')]);
    expect(planFor(facts({ ...genesis, file: v4, record: v3 }))).toMatchObject({
      plan: { height: 10 },
      bytes: undefined,
    });
  });

  it('takes none', () => {
    expect(refusalOf({ ...genesis, height: 10 })).toMatchObject({ code: 'usage' });
  });
});
