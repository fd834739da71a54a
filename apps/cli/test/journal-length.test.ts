import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newPath, open, readBack, write } from './helpers/journals.js';
import { ended, lineOf, started, upgradeRecord } from './helpers/records.js';

describe('a long journal', () => {
  const crashes = (count: number) => (lineOf({ ...started, target: 'upgrades/v2' }) + lineOf(ended)).repeat(count);
  const historyOfFile = (path: string) => {
    const { journal, troubles } = open(path);
    expect(troubles).toEqual([]);
    return journal.history();
  };
  const count = (path: string) => readBack(path).records.length;

  it('is left alone up to 4000 records', async () => {
    const path = await newPath();
    write(path, crashes(2000));
    historyOfFile(path);
    expect(count(path)).toBe(4000);
  });

  it('is cut to its newest records, and what a history tells is kept', async () => {
    const path = await newPath();
    const telling =
      lineOf({ kind: 'current', target: 'genesis' }) +
      lineOf({ kind: 'file', text: 'older' }) +
      lineOf({ kind: 'file', text: 'good' }) +
      lineOf({ kind: 'current', target: 'upgrades/v2', from: 'genesis' }) +
      lineOf(upgradeRecord('detected')) +
      lineOf(upgradeRecord('script-done')) +
      lineOf({ ...ended, height: 8 }) +
      lineOf({ ...ended, height: 9 });
    write(path, telling + crashes(2500));
    const before = historyOfFile(path);
    expect(count(path)).toBeLessThan(1100);
    const after = historyOfFile(path);
    for (const history of [before, after]) {
      expect(history).toMatchObject({
        lastGood: 'good',
        height: 9,
        current: 'upgrades/v2',
        open: { to: 'upgrades/v2' },
      });
      expect(history.predecessorOf('upgrades/v2')).toBe('genesis');
      expect(history.stepsDone({ name: 'v2', height: 10, info: '' }, 'script-done')).toBe(1);
    }
    expect(readdirSync(dirname(path))).toEqual(['journal.jsonl']);
  });

  it('keeps its newest records as they are, in order', async () => {
    const path = await newPath();
    const numbers = Array.from({ length: 4500 }, (_, pid) => lineOf({ kind: 'started', pid, target: 'genesis' }));
    write(path, numbers.join(''));
    historyOfFile(path);
    const pids = readBack(path).records.map((record) => (record.kind === 'started' ? record.pid : -1));
    expect(pids.slice(-1000)).toEqual(Array.from({ length: 1000 }, (_, index) => 3500 + index));
  });

  it('keeps the steps that were done of an upgrade that has failed at thousands of restarts since', async () => {
    const path = await newPath();
    const done =
      lineOf({ kind: 'current', target: 'upgrades/v1', from: 'genesis' }) +
      lineOf({ kind: 'started', pid: 1, target: '/elsewhere' }) +
      lineOf(upgradeRecord('detected')) +
      lineOf(upgradeRecord('script-begun')) +
      lineOf(upgradeRecord('script-done'));
    write(path, done + lineOf(upgradeRecord('failed')).repeat(5000));
    historyOfFile(path);
    const after = historyOfFile(path);
    expect(count(path)).toBeLessThan(1100);
    expect(after.open?.plan.name).toBe('v2');
    expect(after.stepsDone({ name: 'v2', height: 10, info: '' }, 'script-done')).toBe(1);
    expect(after.predecessorOf('upgrades/v1')).toBe('genesis');
    expect(after.current).toBe('/elsewhere');
  });

  it('knows an upgrade that failed last to be open, and one that was switched to be closed', async () => {
    for (const [step, isOpen] of [
      ['failed', true],
      ['switched', false],
    ] as const) {
      const path = await newPath();
      write(path, lineOf(upgradeRecord(step)) + crashes(2500));
      historyOfFile(path);
      expect(historyOfFile(path).open !== undefined).toBe(isOpen);
    }
  });

  it('does not grow without bound, whatever it consists of', async () => {
    const path = await newPath();
    const moves =
      lineOf({ kind: 'current', target: 'upgrades/v2', from: 'genesis' }) + lineOf(upgradeRecord('switched'));
    write(path, moves.repeat(5000));
    historyOfFile(path);
    expect(count(path)).toBeLessThan(4000);
  });
});
