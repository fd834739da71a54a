import { describe, expect, it } from 'vitest';
import { bool, duration, integer } from '../src/index.js';
import { configErrorOf } from './support.js';

const common = { env: 'X', help: 'For this test.' };

describe('bool', () => {
  const setting = bool({ ...common, fallback: true });

  it.each([
    ['true', true],
    ['TRUE', true],
    ['True', true],
    ['false', false],
    ['False', false],
  ])('reads %s', (text, value) => {
    expect(setting.parse(text)).toBe(value);
  });

  it.each(['1', '0', 't', 'yes', 'no', 'on', 'truee', ' true', 'true ', 'true\r', 'TRUE\n', '"true"', 'ｔrue', 'null'])(
    'refuses %j',
    (text) => {
      expect(() => setting.parse(text)).toThrow('neither true nor false');
    },
  );

  it.each([true, false, 'true', 'false'])('takes %j from a file', (value) => {
    expect(setting.fromFile(value)).toBe(value === true || value === 'true');
  });

  it.each([1n, 0n, 1, 'TRUE', 'yes', '', null, undefined, [], {}, new Date(0)])(
    'refuses bad value %# from a file',
    (value) => {
      expect(() => setting.fromFile(value)).toThrow('neither true nor false');
    },
  );
});

describe('integer', () => {
  const setting = integer({ ...common, fallback: 3, min: 0, max: 10 });

  it.each([
    ['0', 0],
    ['+7', 7],
    ['007', 7],
    ['-0', -0],
    ['10', 10],
  ])('reads %s', (text, value) => {
    expect(setting.parse(text)).toBe(value);
  });

  it.each([
    '-1',
    '11',
    '9223372036854775808',
    '1.0',
    '1e1',
    '0x1',
    '1_0',
    ' 1',
    '1 ',
    '',
    '-',
    '١',
    'three',
    'NaN',
    '9'.repeat(400),
  ])('refuses %j', (text) => {
    expect(configErrorOf(() => setting.parse(text)).code).toBe('VALUE_INVALID');
  });

  it('names the bound', () => {
    expect(() => setting.parse('-1')).toThrow('is less than 0');
    expect(() => setting.parse('11')).toThrow('is more than 10');
  });

  it.each([5n, 5, 5.0])('takes %s from a file', (value) => {
    expect(setting.fromFile(value)).toBe(5);
  });

  it.each(['5', 5.5, Number.NaN, Infinity, true, -1n, 2n ** 70n, [5n], null])('refuses %s from a file', (value) => {
    expect(configErrorOf(() => setting.fromFile(value)).code).toBe('VALUE_INVALID');
  });
});

describe('duration', () => {
  const allowed = duration({ ...common, fallback: 0, zero: 'allowed' });
  const refused = duration({ ...common, fallback: 300, zero: 'refused' });

  it('reads text with a unit, from the environment and from a file', () => {
    expect(allowed.parse('1m30s')).toBe(90_000);
    expect(allowed.fromFile('1.5ms')).toBe(1.5);
  });

  it('takes an integer of the file as nanoseconds', () => {
    expect(refused.fromFile(300_000_000n)).toBe(300);
    expect(refused.fromFile(300_000_000)).toBe(300);
  });

  it.each([300n, 60n, 5, 999_999n])('refuses %s in a file, where seconds or milliseconds were meant', (value) => {
    const { message, hint } = configErrorOf(() => refused.fromFile(value));
    expect(message).toBe(`is ${value} nanoseconds: an integer in the file counts nanoseconds`);
    expect(hint).toBe(`write the unit in quotes: "${value}ms" or "${value}s"`);
  });

  it.each(['-1s', '-0.5h', '1ns', '999us', '600', 'soon', '', ' 1s', '597h', '300000h'])('refuses %j', (text) => {
    expect(configErrorOf(() => allowed.parse(text)).code).toBe('VALUE_INVALID');
  });

  it('refuses what a timer would answer at once, and takes the longest wait it can keep', () => {
    expect(() => allowed.parse('2147483648ms')).toThrow('is longer than 596h31m23.647s');
    expect(allowed.parse('2147483647ms')).toBe(2 ** 31 - 1);
    expect(() => allowed.fromFile(2n ** 63n)).toThrow('is longer than');
  });

  it.each(['300', true, 1.5, -1n, null, [], new Date(0)])('refuses %s from a file', (value) => {
    expect(configErrorOf(() => allowed.fromFile(value)).code).toBe('VALUE_INVALID');
  });

  it.each(['0', '0s', '-0', '0h0m'])('treats %s as the setting says', (text) => {
    expect(allowed.parse(text)).toBe(0);
    expect(() => refused.parse(text)).toThrow('must be greater than 0');
    expect(duration({ ...common, fallback: 1, zero: 'unset' }).meansUnset(0)).toBe(true);
  });

  it('prints as Go does', () => {
    expect(allowed.format(60_000)).toBe('1m0s');
    expect(allowed.toToml(300)).toBe("'300ms'");
  });
});
