import { constants } from 'node:os';

import { describe, expect, it } from 'vitest';

import { describeEnding, exitCodeOf } from '../src/index.js';

describe('exitCodeOf', () => {
  it.each([0, 1, 2, 30, 127, 255])('is the code of a child that exited with %i', (code) => {
    expect(exitCodeOf({ code, signal: undefined })).toBe(code);
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ] as const)('is what a shell reports for a child that %s ended', (signal, code) => {
    expect(exitCodeOf({ code: undefined, signal })).toBe(code);
  });

  it('has a code above 128 for every signal of this system', () => {
    const signals = Object.keys(constants.signals) as NodeJS.Signals[];
    const codes = signals.map((signal) => exitCodeOf({ code: undefined, signal }));
    expect(Math.min(...codes)).toBe(129);
    expect(Math.max(...codes)).toBeLessThan(160);
  });

  it('never takes an unknown ending for a success', () => {
    expect(exitCodeOf({ code: undefined, signal: undefined })).not.toBe(0);
  });
});

describe('describeEnding', () => {
  it.each([
    [{ code: 0, signal: undefined }, 'exited with code 0'],
    [{ code: 30, signal: undefined }, 'exited with code 30'],
    [{ code: undefined, signal: 'SIGKILL' }, 'was ended by SIGKILL'],
    [{ code: undefined, signal: undefined }, 'ended in an unknown way'],
  ] as const)('says of %j that it %s', (ending, text) => {
    expect(describeEnding(ending)).toBe(text);
  });
});
