import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { choice, invalidValue, list, path, text } from '../src/index.js';
import { configErrorOf } from './support.js';

const common = { env: 'X', help: 'For this test.' };

describe('text', () => {
  const setting = text({ ...common, fallback: 'f' });

  it.each(['a\rb', 'a\n', '\0', 'x\u001b[2J', '\u0085'])('refuses the control character in %j', (value) => {
    expect(() => setting.parse(value)).toThrow('control character');
    expect(() => setting.fromFile(value)).toThrow('control character');
  });

  it.each(['"palomad"', "'palomad'"])('refuses %s, whose quotation marks an env file kept', (value) => {
    expect(() => setting.parse(value)).toThrow('keeps its quotation marks');
  });

  it.each([' a', 'a ', '\u00a0a'])('refuses the space around %j', (value) => {
    expect(() => setting.parse(value)).toThrow('space');
  });

  it.each([1n, true, 1.5, [], {}, null, new Date(0)])('refuses %s from a file and asks for quotes', (value) => {
    expect(configErrorOf(() => setting.fromFile(value)).hint).toBe('put the value in quotes');
  });

  it('writes TOML that reads back to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(parse(`v = ${setting.toToml(value)}`)).toEqual({ v: value });
      }),
    );
  });

  it('writes single quotes where it can, as cosmovisor does', () => {
    expect(setting.toToml('/a b')).toBe("'/a b'");
    expect(setting.toToml("it's")).toBe(`"it's"`);
  });
});

describe('path', () => {
  const setting = path(common);

  it.each(['/home/x/.paloma', '/', '/with space', '/a/../b/', '/ünï', '/100%', '/a~b', '/50%h'])(
    'keeps %s as it is',
    (value) => {
      expect(setting.parse(value)).toBe(value);
    },
  );

  it.each([
    ['$HOME/.paloma', '$HOME'],
    ['${HOME}/.paloma', '${HOME}'],
    ['/home/$USER/.paloma', '$USER'],
    ['~/.paloma', '~'],
    ['~paloma/.paloma', '~'],
    ['%h/.paloma', '%h'],
  ])('says that nothing expands %s', (value, part) => {
    expect(configErrorOf(() => setting.parse(value)).message).toContain(`holds ${part} as written`);
    expect(configErrorOf(() => setting.fromFile(value)).message).toContain(`holds ${part} as written`);
  });

  it.each(['.paloma', './x', '../x', 'C:\\x', 'file:///x'])('refuses %s, which is not absolute', (value) => {
    expect(() => setting.parse(value)).toThrow('is not an absolute path');
  });
});

describe('choice', () => {
  const strict = choice({ ...common, choices: ['red', 'green'], fallback: 'red' });
  const open = choice({ ...common, choices: ['red', 'green'], fallback: 'red', allowEmpty: true });

  it('takes exactly the listed words', () => {
    expect(strict.parse('green')).toBe('green');
    expect(configErrorOf(() => strict.parse('blue')).hint).toBe('use one of red, green');
  });

  it.each(['Green', 'GREEN', ' green'])('names the word that %j means', (value) => {
    expect(configErrorOf(() => strict.parse(value)).hint).toContain('write green');
  });

  it('takes the empty text as a value only where that is allowed', () => {
    expect([open.emptyIsValue, open.meansUnset('')]).toEqual([true, false]);
    expect([strict.emptyIsValue, strict.meansUnset(strict.fromFile(''))]).toEqual([false, true]);
  });

  it.each(['constructor', '__proto__', 'red,green', 'red\n'])('refuses %j', (value) => {
    expect(() => open.parse(value)).toThrow('is not one of the known words');
  });
});

describe('list', () => {
  const setting = list({
    ...common,
    fallback: ['start'],
    check: (item) => {
      if (item === 'bad') throw invalidValue('has a bad item', 'remove it');
    },
  });

  it.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a , b ', ['a', 'b']],
    [' ', []],
  ])('reads %j', (value, items) => {
    expect(setting.parse(value)).toEqual(items);
    expect(setting.fromFile(value)).toEqual(items);
  });

  it('takes an array from a file', () => {
    expect(setting.fromFile(['a', 'b'])).toEqual(['a', 'b']);
    expect(setting.fromFile([])).toEqual([]);
  });

  it.each(['a,', ',', 'a,,b', ',a', 'bad', 'a,bad', 'a,b\nc'])('refuses %j', (value) => {
    expect(configErrorOf(() => setting.parse(value)).code).toBe('VALUE_INVALID');
  });

  it.each([[[1n]], [['a,b']], [['']], 1n, {}, null])('refuses bad value %# from a file', (value) => {
    expect(configErrorOf(() => setting.fromFile(value)).code).toBe('VALUE_INVALID');
  });

  it('writes TOML that reads back', () => {
    expect(setting.fromFile(parse(`v = ${setting.toToml(['a', "it's"])}`)['v'])).toEqual(['a', "it's"]);
  });
});
