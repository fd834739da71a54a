import { expect, it } from 'vitest';
import { wantsJson } from '../src/output.js';
import { barOf } from '../src/progress.js';
import { timeText } from '../src/time-text.js';

it.each([
  [0, 'less than a minute'],
  [-5, 'less than a minute'],
  [59_999, 'less than a minute'],
  [14 * 60_000, '14 min'],
  [3 * 3_600_000 + 60_000, '3 h 1 min'],
  [3 * 3_600_000, '3 h'],
  [2 * 86_400_000 + 3 * 3_600_000 + 59_000, '2 d 3 h'],
  [2 * 86_400_000 + 59 * 60_000, '2 d'],
])('%i ms are said as %s', (time, text) => {
  expect(timeText(time)).toBe(text);
});

it.each<[phase: string, bytes: number, total: number | undefined, bar: string]>([
  ['download', 0, 20e6, 'download [                        ] 0 %  0.0 of 20.0 MB'],
  ['download', 10e6, 20e6, 'download [============            ] 50 %  10.0 of 20.0 MB'],
  ['unpack', 20e6, 20e6, 'unpack [========================] 100 %  20.0 of 20.0 MB'],
  ['download', 25e6, 20e6, 'download [========================] 100 %  25.0 of 20.0 MB'],
  ['download', 1e6, undefined, 'download 1.0 MB'],
  ['download', 1e6, 0, 'download 1.0 MB'],
])('a bar of %s at %i of %s bytes', (phase, bytes, total, bar) => {
  expect(barOf(phase, bytes, total, 80)).toBe(bar);
});

it('a bar is never wider than the terminal', () => {
  for (let columns = 10; columns < 100; columns += 1) {
    expect(barOf('download', 123e6, 456e6, columns).length).toBeLessThan(columns);
    expect(barOf('download', 123e6, undefined, columns).length).toBeLessThan(columns);
  }
  expect(barOf('download', 10e6, 20e6, 44)).toBe('download [=====     ] 50 %  10.0 of 20.0 MB');
  expect(barOf('download', 10e6, 20e6, 36)).toBe('download 50 %  10.0 of 20.0 MB');
  expect(barOf('download', 10e6, 20e6, 20)).toBe('download 50 %');
});

it.each<[boolean, string]>([
  [true, 'check -o json'],
  [true, 'check -qo json v2'],
  [true, '--output=json'],
  [true, 'stage v2 -ojson'],
  [true, 'check --output json --nonsense'],
  [false, 'check json'],
  [false, 'check --output text'],
  [false, 'check --output jsonl'],
])('data is asked for (%s) by %s', (is, line) => {
  expect(wantsJson(line.split(' '))).toBe(is);
});
