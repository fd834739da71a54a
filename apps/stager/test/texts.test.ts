import { expect, it } from 'vitest';
import { wantsJson } from '../src/output.js';
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
