import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as api from '../src/index.js';
import { asText, explainError, type ExplainRules, OperatorError, printable, writeTo } from '../src/index.js';

class Own extends OperatorError {
  readonly exitCode = 67;

  constructor(message: string) {
    super(message, { reason: 'mode 0644', hint: 'run chmod +x' });
  }
}

const rules: ExplainRules = {
  program: 'palomavisor',
  exitCodeOf: (code) => (code.startsWith('LAYOUT_') ? 66 : undefined),
  bug: 70,
};
const coded = (message: string, code: unknown, more = {}): Error =>
  Object.assign(new Error(message), { code, ...more });

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'OperatorError',
    'asText',
    'barOf',
    'errno',
    'explainError',
    'hintOf',
    'printable',
    'progressBar',
    'reasonOf',
    'writeTo',
  ]);
});

describe('an explanation', () => {
  it("of the program's own error is what, why and what to do, a line each", () => {
    const explanation = explainError(new Own('it cannot run: /h/palomad'), rules);
    expect(explanation.exitCode).toBe(67);
    expect(asText(explanation)).toBe('Error: it cannot run: /h/palomad\n  why: mode 0644\n  do: run chmod +x');
  });

  it("of a library's error tells its cause once", () => {
    const cause = new Error('EROFS: read-only file system');
    const once = explainError(coded('cannot write', 'LAYOUT_WRITE_FAILED', { cause, hint: 'mount it' }), rules);
    expect(once).toEqual({ what: 'cannot write', why: cause.message, hint: 'mount it', exitCode: 66 });
    const twice = explainError(coded(`cannot write: ${cause.message}`, 'LAYOUT_WRITE_FAILED', { cause }), rules);
    expect(twice.why).toBeUndefined();
  });

  it.each([
    ['an error', new TypeError('x is not a function')],
    ['an error of the system', coded('ENOENT: gone', 'ENOENT')],
    ['a code that is a number', coded('number', 5)],
    ['a text', 'thrown text'],
    ['nothing', undefined],
  ])('of %s is a bug, with its stack where there is one', (_, thrown) => {
    const { what, why, hint, exitCode } = explainError(thrown, rules);
    expect([why, hint, exitCode]).toEqual([undefined, undefined, 70]);
    expect(what).toMatch(/^this is a bug of palomavisor, please report it\n/);
    expect(what).toContain(thrown instanceof Error ? 'report.test.ts' : String(thrown));
  });

  it('indents the further lines of its parts, and shows what would drive a terminal', () => {
    const text = asText({ what: 'two\n  A\u001b[31m', why: 'one\ntwo', hint: 'three\nfour', exitCode: 1 });
    expect(text).toBe('Error: two\n  A\\u001b[31m\n  why: one\n       two\n  do: three\n       four');
  });
});

describe('printable', () => {
  it('leaves nothing that forges a line or turns the direction of text, and what is harmless as it is', () => {
    expect(printable('grüße v2.4.15 漢字 🚀 "x"')).toBe('grüße v2.4.15 漢字 🚀 "x"');
    expect(printable('a\nb\u202ec')).toBe('a\\u000ab\\u202ec');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });

  it('keeps JSON the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(printable(JSON.stringify({ text })))).toEqual({ text });
      }),
    );
  });
});

describe('writeTo', () => {
  it('writes a whole text to the descriptor, and outlives one that is closed', () => {
    const path = join(tmpdir(), `report-${process.pid}`);
    const fd = openSync(path, 'wx');
    onTestFinished(() => rmSync(path));
    const text = 'grüße '.repeat(500_000);
    writeTo(fd, text);
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(() => writeTo(fd, 'more')).not.toThrow();
  });
});
