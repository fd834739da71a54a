import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../src/index.js';
import { formatNanoseconds, parseNanoseconds, toMilliseconds, toNanoseconds } from '../src/duration.js';
import { configErrorOf } from './support.js';

interface Recorded {
  readonly parse: readonly { input: string; nanoseconds?: string; text?: string; error?: string }[];
  readonly format: readonly { nanoseconds: string; text: string }[];
}

const recorded = JSON.parse(readFileSync(new URL('fixtures/go-durations.json', import.meta.url), 'utf8')) as Recorded;

describe('parseDuration', () => {
  const accepted = recorded.parse.filter((each) => each.error === undefined);
  const refused = recorded.parse.filter((each) => each.error !== undefined);

  it('has enough recorded answers of Go to compare with', () => {
    expect(accepted.length).toBeGreaterThan(100);
    expect(refused.length).toBeGreaterThan(100);
  });

  it.each(accepted)('reads $input as Go does', ({ input, nanoseconds, text }) => {
    expect(parseNanoseconds(input)).toBe(BigInt(nanoseconds ?? ''));
    expect(formatNanoseconds(parseNanoseconds(input))).toBe(text);
  });

  it.each(refused)('refuses $input as Go does', ({ input, error }) => {
    const thrown = configErrorOf(() => parseDuration(input));
    expect(thrown.code).toBe('VALUE_INVALID');
    expect(thrown.message).toContain(error);
    expect(thrown.hint).toBeDefined();
  });

  it('suggests units for a bare number', () => {
    const thrown = configErrorOf(() => parseDuration('600'));
    expect(thrown.message).toBe('missing unit in duration "600"');
    expect(thrown.hint).toBe('write 600ms or 600s');
  });

  it('gives milliseconds, with the fraction below one', () => {
    expect(parseDuration('300ms')).toBe(300);
    expect(parseDuration('1.5s')).toBe(1500);
    expect(parseDuration('1.s')).toBe(1000);
    expect(parseDuration('-2m3.4s')).toBe(-123_400);
    expect(parseDuration('1ns')).toBe(0.000_001);
  });

  it('refuses two halves that wrap to zero in Go', () => {
    const half = '9223372036854775808ns';
    expect(() => parseDuration(`-${half}${half}`)).toThrow('too long');
  });

  it.each(['constructor', '__proto__', 'toString'])('knows no unit %s', (unit) => {
    expect(() => parseDuration(`1${unit}`)).toThrow('unknown unit');
  });

  it.each([
    ['digits', `${'9'.repeat(2_000_000)}s`],
    ['zeros', `${'0'.repeat(2_000_000)}x`],
    ['fraction digits', `0.${'3'.repeat(2_000_000)}`],
    ['parts', '1ns'.repeat(100_000) + 'x'],
    ['unit letters', `1${'s'.repeat(2_000_000)}`],
  ])('answers a huge number of %s at once and in one short line', (_, input) => {
    const thrown = configErrorOf(() => parseDuration(input));
    expect(thrown.message.length).toBeLessThan(600);
  });

  it('throws nothing but a ConfigError, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[-+]?[0-9.]{0,20}(ns|us|ms|s|m|h)?[0-9.hms]{0,5}$/)),
        (input) => {
          try {
            expect(parseDuration(input)).toBeTypeOf('number');
          } catch (error) {
            expect(error).toMatchObject({ name: 'ConfigError', code: 'VALUE_INVALID' });
          }
        },
      ),
    );
  });
});

describe('formatDuration', () => {
  it.each(recorded.format)('prints $nanoseconds ns as $text', ({ nanoseconds, text }) => {
    expect(formatNanoseconds(BigInt(nanoseconds))).toBe(text);
  });

  it.each([
    [0, '0s'],
    [-0, '0s'],
    [300, '300ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [3_600_000, '1h0m0s'],
    [0.0015, '1.5\u00b5s'],
    [0.000_001, '1ns'],
    [-300, '-300ms'],
  ])('prints %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it.each([Number.NaN, Infinity, -Infinity, 9_223_372_036_855, 1e300])('refuses %d ms', (milliseconds) => {
    expect(configErrorOf(() => formatDuration(milliseconds)).code).toBe('VALUE_INVALID');
  });

  it('is undone by parseDuration for every int64 of nanoseconds', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        expect(parseNanoseconds(formatNanoseconds(value))).toBe(value);
      }),
    );
  });

  it('loses no nanosecond on the way through milliseconds up to 2^32 ms', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 32n) * 1_000_000n, 2n ** 32n * 1_000_000n), (value) => {
        expect(toNanoseconds(toMilliseconds(value))).toBe(value);
      }),
    );
  });
});
