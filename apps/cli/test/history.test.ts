import { describe, expect, it } from 'vitest';
import { historyOf } from '../src/journal/history.js';
import type { JournalRecord, UpgradeStep } from '../src/journal/records.js';
import { upgradeRecord } from './helpers/records.js';

const v2 = { name: 'v2', height: 10, info: 'whatever the file says' };
const v2Steps = (...steps: UpgradeStep[]) => steps.map((step) => upgradeRecord(step));
const open = { plan: { name: 'v2', height: 10, info: '' }, from: 'genesis', to: 'upgrades/v2' };

describe('an upgrade', () => {
  it('is none where nothing is on record', () => {
    expect(historyOf([])).toMatchObject({
      open: undefined,
      unverified: undefined,
      current: undefined,
      height: undefined,
      lastGood: undefined,
    });
  });

  it.each<UpgradeStep[]>([
    ['detected'],
    ['detected', 'stopped'],
    ['detected', 'stopped', 'script-begun'],
    ['detected', 'stopped', 'script-begun', 'script-done'],
    ['detected', 'stopped', 'pre-upgrade-done'],
    ['detected', 'failed'],
    ['detected', 'failed', 'script-begun'],
    ['detected', 'failed', 'failed', 'failed'],
    ['detected', 'abandoned', 'detected'],
    ['detected', 'switched', 'detected'],
    ['detected', 'switched', 'verified', 'detected', 'stopped'],
    ['script-begun'],
  ])('is open after %j %j %j %j %j', (...steps) => {
    const history = historyOf(v2Steps(...steps.filter((step) => typeof step === 'string')));
    expect(history.open).toEqual(open);
    expect(history.unverified).toBeUndefined();
  });

  it.each<[UpgradeStep[], boolean]>([
    [['detected', 'switched'], true],
    [['switched'], true],
    [['detected', 'failed', 'switched'], true],
    [['detected', 'abandoned', 'detected', 'switched'], true],
    [['detected', 'switched', 'verified'], false],
    [['detected', 'abandoned'], false],
    [['detected', 'failed', 'abandoned'], false],
    [['verified'], false],
  ])('is closed after %j; unverified: %s', (steps, unverified) => {
    const history = historyOf(v2Steps(...steps));
    expect(history.open).toBeUndefined();
    expect(history.unverified).toEqual(unverified ? upgradeRecord('switched') : undefined);
  });

  it('is the last one of two: the second closes the wait for the first', () => {
    const records = [
      upgradeRecord('detected'),
      upgradeRecord('switched'),
      upgradeRecord('detected', 'v3', 13, 'upgrades/v2'),
    ];
    const history = historyOf(records);
    expect(history.open).toEqual({
      plan: { name: 'v3', height: 13, info: '' },
      from: 'upgrades/v2',
      to: 'upgrades/v3',
    });
    expect(history.unverified).toBeUndefined();
    expect(historyOf([...records, upgradeRecord('switched', 'v3', 13, 'upgrades/v2')]).unverified?.name).toBe('v3');
  });

  it('is another one at another height, with the same name', () => {
    const history = historyOf([...v2Steps('detected', 'script-done', 'switched'), upgradeRecord('detected', 'v2', 20)]);
    expect(history.open?.plan).toEqual({ name: 'v2', height: 20, info: '' });
    expect(history.stepsDone({ ...v2, height: 20 }, 'script-done')).toBe(0);
  });

  it('is the same whatever happens to the node in between', () => {
    const history = historyOf([
      upgradeRecord('detected'),
      { kind: 'ended', pid: 1, how: 'ended', reason: 'exit' },
      { kind: 'started', pid: 2, target: 'genesis' },
    ]);
    expect(history.open).toEqual(open);
  });
});

describe('stepsDone', () => {
  const done = (records: readonly JournalRecord[], step: UpgradeStep, plan = v2) =>
    historyOf(records).stepsDone(plan, step);

  it('counts the steps of this very upgrade', () => {
    const records = [
      ...v2Steps('detected', 'script-begun', 'failed', 'script-begun', 'script-done'),
      upgradeRecord('script-begun', 'v2', 20),
      upgradeRecord('script-begun', 'v3', 10),
    ];
    expect(done(records, 'script-begun')).toBe(2);
    expect(done(records, 'script-done')).toBe(1);
    expect(done(records, 'pre-upgrade-done')).toBe(0);
    expect(done(records, 'script-begun', { ...v2, height: 20 })).toBe(1);
    expect(done([], 'script-begun')).toBe(0);
  });

  it.each<UpgradeStep>(['abandoned', 'switched', 'verified'])(
    'begins anew after %s: on restored data the same upgrade needs its script and pre-upgrade again',
    (closing) => {
      const records = v2Steps('detected', 'script-begun', 'script-done', 'pre-upgrade-done', closing);
      expect(done(records, 'script-done')).toBe(0);
      expect(done([...records, ...v2Steps('detected', 'script-begun')], 'script-begun')).toBe(1);
      expect(done([...records, ...v2Steps('detected', 'script-begun')], 'pre-upgrade-done')).toBe(0);
    },
  );

  it('goes on after a failure', () => {
    expect(done(v2Steps('detected', 'script-done', 'failed'), 'script-done')).toBe(1);
  });

  it('is not begun anew by the end of another upgrade', () => {
    expect(done([...v2Steps('script-done'), upgradeRecord('abandoned', 'v3', 13)], 'script-done')).toBe(1);
    expect(done([...v2Steps('script-done'), upgradeRecord('abandoned', 'v2', 13)], 'script-done')).toBe(1);
  });
});

describe('the rest', () => {
  it('is the last of each: current or start, height, good file', () => {
    const records: JournalRecord[] = [
      { kind: 'current', target: 'genesis' },
      { kind: 'started', pid: 1, target: 'genesis' },
      { kind: 'file', text: 'one' },
      { kind: 'ended', pid: 1, how: 'x', reason: 'exit', height: 9 },
      { kind: 'current', target: 'upgrades/v2', from: 'genesis' },
      { kind: 'file', text: 'two' },
      { kind: 'ended', pid: 2, how: 'x', reason: 'exit' },
    ];
    expect(historyOf(records)).toMatchObject({ current: 'upgrades/v2', height: 9, lastGood: 'two' });
    expect(historyOf([...records, { kind: 'started', pid: 3, target: '/elsewhere' }]).current).toBe('/elsewhere');
    // A restored backup: the height may well be lower.
    expect(historyOf([...records, { kind: 'ended', pid: 3, how: 'x', reason: 'exit', height: 5 }]).height).toBe(5);
    expect(historyOf([{ kind: 'ended', pid: 3, how: 'x', reason: 'exit', height: 0 }]).height).toBe(0);
  });

  it('knows where current pointed before its last move there', () => {
    const history = historyOf([
      { kind: 'current', target: 'genesis' },
      { kind: 'current', target: 'upgrades/v2', from: 'genesis' },
      { kind: 'current', target: 'upgrades/v3', from: 'upgrades/v2' },
      { kind: 'current', target: 'upgrades/v2', from: '/elsewhere' },
      { kind: 'started', pid: 1, target: 'upgrades/v4' },
    ]);
    expect(history.predecessorOf('upgrades/v3')).toBe('upgrades/v2');
    expect(history.predecessorOf('upgrades/v2')).toBe('/elsewhere');
    expect(history.predecessorOf('genesis')).toBeUndefined();
    expect(history.predecessorOf('upgrades/v4')).toBeUndefined();
  });
});
