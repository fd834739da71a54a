import { afterEach, expect, it } from 'vitest';
import { utcDate } from '../src/settings/utc-date.js';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

it.each(['UTC', 'America/New_York', 'Asia/Tokyo'])('a date without a zone is in UTC in %s', (here) => {
  process.env['TZ'] = here;
  expect(utcDate('2026-11-30')?.toISOString()).toBe('2026-11-30T00:00:00.000Z');
  expect(utcDate('2026-11-30T14:00')?.toISOString()).toBe('2026-11-30T14:00:00.000Z');
  expect(utcDate('2026-11-30 14:00:05')?.toISOString()).toBe('2026-11-30T14:00:05.000Z');
  expect(utcDate('2026-11-30T14:00:00.5z')?.toISOString()).toBe('2026-11-30T14:00:00.500Z');
  expect(utcDate('2026-11-30T14:00+02:00')?.toISOString()).toBe('2026-11-30T12:00:00.000Z');
});

it.each([
  '',
  'soon',
  '2026-13-01',
  '2026-02-31',
  '2026-11-30T25:00',
  '2026-11-30T14:00 CET',
  '2026-11-30Z',
  '30.11.2026',
])('%j is no date', (text) => {
  expect(utcDate(text)).toBeUndefined();
});
