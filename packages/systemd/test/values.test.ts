import { describe, expect, it } from 'vitest';
import { commandOf, expandSpecifiers, parseTimeSpan, splitPaths, splitWords } from '../src/index.js';

describe('splitWords', () => {
  it.each([
    ['', []],
    ['  \t ', []],
    ['a  b\tc', ['a', 'b', 'c']],
    [`"a b" 'c d' e"f g"h ""`, ['a b', 'c d', 'ef gh', '']],
    [String.raw`\n\t\\\"\'\s\x41\u00e9\U0001f600\101`, ['\n\t\\"\' A\u00e9\u{1f600}A']],
    [String.raw`'\n' "\xc3\xa9"`, ['\n', '\u00e9']],
    [String.raw`\q \xg1 \x00 \ud800 \400 a\ b \ `, ['\\q', '\\xg1', '\\x00', '\\ud800', '\\400', 'a\\ b', '\\ ']],
    ['a\\', ['a\\']],
    ['%i $HOME # ;', ['%i', '$HOME', '#', ';']],
  ])('takes %j apart', (value, words) => {
    expect(splitWords(value)).toEqual(words);
  });

  it.each(['"a', "a 'b", '"a\\', '"a\\"'])('refuses the open quote of %j', (value) => {
    expect(() => splitWords(value)).toThrow(
      expect.objectContaining({ name: 'SystemdError', code: 'SYSTEMD_QUOTES' }) as Error,
    );
  });
});

describe('splitPaths', () => {
  it.each([
    ['/a "/b c" -/d +/e', ['/a', '/b c', '-/d', '+/e']],
    [String.raw`/a\n "/b\\\"c" /d\ e`, ['/an', '/b\\"c', '/d e']],
  ])('takes %j apart, in which \\n is no line end', (value, words) => {
    expect(splitPaths(value)).toEqual(words);
  });

  it.each(['"/a', '/a\\'])('refuses the open end of %j', (value) => {
    expect(() => splitPaths(value)).toThrow(expect.objectContaining({ code: 'SYSTEMD_QUOTES' }) as Error);
  });
});

describe('commandOf', () => {
  it.each([
    ['/bin/x', '', ['/bin/x']],
    ['-@+/bin/x y "z 1"', '-@+', ['/bin/x', 'y', 'z 1']],
    ['!!/bin/x', '!!', ['/bin/x']],
    ['":/bin/x y"', ':', ['/bin/x y']],
    ['/bin/x a ; /bin/y b', '', ['/bin/x', 'a']],
    ['/bin/x a;b \\; c ";" d ;', '', ['/bin/x', 'a;b', ';', 'c', ';', 'd']],
    ['/bin/x -v --home=%h $$A', '', ['/bin/x', '-v', '--home=%h', '$$A']],
    ['', '', []],
  ])('reads %j', (value, flags, argv) => {
    expect(commandOf(value)).toEqual({ flags, argv });
  });

  it('refuses an open quote', () => {
    expect(() => commandOf('/bin/x "a')).toThrow(expect.objectContaining({ code: 'SYSTEMD_QUOTES' }) as Error);
  });
});

describe('expandSpecifiers', () => {
  it('puts in what is known and leaves the rest', () => {
    expect(expandSpecifiers('%i/%h %%i %z %', { i: 'a%h', h: '/root' })).toBe('a%h//root %i %z %');
    expect(expandSpecifiers('%c', {})).toBe('%c');
  });
});

describe('parseTimeSpan', () => {
  it.each([
    ['90', 90_000],
    ['0', 0],
    ['1min 30s', 90_000],
    ['2min200ms', 120_200],
    ['1.5h', 5_400_000],
    ['.5', 500],
    ['1 2', 3000],
    ['5s5', 10_000],
    ['+5', 5000],
    ['1M', 2_629_800_000],
    ['1m 1 month', 60_000 + 2_629_800_000],
    ['1y', 31_557_600_000],
    ['2weeks 1days 1hr', 15 * 86_400_000 + 3_600_000],
    ['500us', 0.5],
    ['500\u00b5s', 0.5],
    [' infinity ', Infinity],
  ])('reads %j as systemd does', (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });

  it.each(['', ' ', 'x', '5x', '5.', '5.s', '-1', '1.5.5', '0x10', 'infinity 1', '1 s x', '1e3', '700000y'])(
    'takes %j for no time span',
    (text) => {
      expect(parseTimeSpan(text)).toBeUndefined();
    },
  );
});
