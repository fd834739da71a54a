import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PlanError, escapeName, recaseName, upgradeDirName } from '../src/index.ts';
import golden from './fixtures/code-points.json' with { type: 'json' };

function digest(change: (char: string) => string): string {
  const hash = createHash('sha256');
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    hash.update(`${code.toString(16)} ${change(String.fromCodePoint(code))}\n`);
  }
  return hash.digest('hex');
}

function refusal(act: () => unknown): PlanError {
  try {
    act();
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('recaseName', () => {
  it('answers as Go does for every code point there is', () => {
    expect(digest(recaseName)).toBe(golden.lower);
  });

  it.each([
    ['V2', 'v2'],
    ['ΔİΞ', 'δiξ'], // JavaScript: an i and a combining dot
    ['ΟΔΟΣ', 'οδοσ'], // JavaScript: a final sigma
    ['ẞ', 'ß'],
    ['\u212a', 'k'],
    ['ǅ', 'ǆ'],
    ['𐐀', '𐐨'],
    ['\u{10d50}', '\u{10d50}'], // a capital letter since Unicode 16, which Go 1.26 does not know
    ['\u1c89', '\u1c89'],
    ['a\ud800B', 'a\ufffdb'],
    ['', ''],
  ])('makes %j into %j', (name, expected) => {
    expect(recaseName(name)).toBe(expected);
  });

  it('treats each code point by itself, and a second time changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(recaseName(a + b)).toBe(recaseName(a) + recaseName(b));
        expect(recaseName(recaseName(a))).toBe(recaseName(a));
      }),
    );
  });
});

describe('escapeName', () => {
  it('answers as Go does for every code point there is', () => {
    expect(digest(escapeName)).toBe(golden.escape);
  });

  it.each([
    ['some spaces', 'some%20spaces'],
    ['a/b', 'a%2Fb'],
    ['../../etc', '..%2F..%2Fetc'],
    ["!'()*", '%21%27%28%29%2A'],
    ['-_.~$&+:=@', '-_.~$&+:=@'],
    ['%2F', '%252F'],
    ['\0\n', '%00%0A'],
    ['é😀', '%C3%A9%F0%9F%98%80'],
    ['\udc00', '%EF%BF%BD'],
  ])('makes %j into %j', (name, expected) => {
    expect(escapeName(name)).toBe(expected);
  });

  it('never gives two names one directory, and can be undone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(decodeURIComponent(escapeName(name))).toBe(name);
      }),
    );
  });
});

describe('upgradeDirName', () => {
  it('recases before it escapes, and only when asked', () => {
    expect(upgradeDirName('İΣ V2', { recase: true })).toBe('i%CF%83%20v2');
    expect(upgradeDirName('V2', { recase: false })).toBe('V2');
  });

  it.each(['', '.', '..'])('refuses %j, which names no directory of its own', (name) => {
    for (const recase of [true, false]) {
      const error = refusal(() => upgradeDirName(name, { recase }));
      expect(error.code).toBe('PLAN_NAME_UNSAFE');
      expect(error.hint).toBeTypeOf('string');
    }
  });

  it.each(['...', ' ', '..a', '.hidden', '/', '/..', '..\0', '．．'])('lets %j be a name', (name) => {
    expect(upgradeDirName(name, { recase: true })).not.toBe('');
  });

  it('counts bytes as they are after escaping: 255 fit, 256 do not', () => {
    expect(upgradeDirName('a'.repeat(255), { recase: true })).toHaveLength(255);
    expect(upgradeDirName('é'.repeat(42), { recase: true })).toHaveLength(252);
    for (const name of ['a'.repeat(256), 'é'.repeat(43)]) {
      const error = refusal(() => upgradeDirName(name, { recase: true }));
      expect(error.code).toBe('PLAN_NAME_TOO_LONG');
      expect(error.message.length).toBeLessThan(400);
    }
  });

  it('yields one harmless path segment for whatever it accepts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.boolean(), (name, recase) => {
        let directory: string;
        try {
          directory = upgradeDirName(name, { recase });
        } catch (error) {
          expect(error).toBeInstanceOf(PlanError);
          return;
        }
        expect(directory).toMatch(/^[A-Za-z0-9\-_.~$&+:=@%]{1,255}$/);
        expect(['.', '..']).not.toContain(directory);
      }),
    );
  });
});
