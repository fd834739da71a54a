import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPlan } from '../src/index.ts';

describe('matchesPlan', () => {
  it.each<[version: string, plan: string, expected: 'same' | 'other' | 'unknown']>([
    ['2.4.14', 'v2.4.14', 'same'],
    ['v2.4.14', 'v2.4.14', 'same'],
    ['v2.4.14', '2.4.14', 'same'],
    ['V2.4.14', 'v2.4.14\n', 'same'],
    ['2.4.14', 'v2.4.15', 'other'],
    ['2.4.14', 'v2.4.1', 'other'],
    ['v31.0.0', 'v31', 'same'],
    ['31.0.2', 'v31', 'same'],
    ['31.4.1', 'v31.4', 'same'],
    ['v31', 'v31.0.0', 'same'],
    ['31.0', 'v31.0.1', 'other'],
    ['310.0.0', 'v31', 'other'],
    ['3.1.0', 'v31', 'other'],
    ['v30.0.0', 'v31', 'other'],
    ['1.04.0', 'v1.4', 'same'],
    ['31.0.0-rc1', 'v31.0.0-rc1', 'same'],
    ['31.0.0-rc1', 'v31.0.0', 'other'],
    ['31.0.0', 'v31.0.0-rc1', 'other'],
    ['31.0.0-rc2', 'v31.0.0-rc1', 'other'],
    ['31.0.0-rc1', 'v31', 'unknown'],
    ['2.4.14-3-g1a2b3c4', 'v2.4.14', 'other'],
    ['2.4.14-dirty', 'v2.4.14', 'other'],
    ['31.0.0+ledger', 'v31.0.0', 'same'],
    ['v4.0.1-rpc', 'v4.0.1', 'unknown'],
    ['v1.13.2-1723753267', 'v1.13.2', 'unknown'],
    ['8.0.0', 'v8-Rho', 'unknown'],
    ['7.1.0', 'v8-Rho', 'other'],
    ['v6.0.0', 'xenon', 'unknown'],
    ['xenon', 'xenon', 'same'],
    ['Xenon', 'xenon', 'same'],
    ['vega', 'ega', 'unknown'],
    ['main-1a2b3c4', 'v2.4.14', 'unknown'],
    ['', 'v2.4.14', 'unknown'],
    ['  ', '', 'unknown'],
  ])('%j for the plan %j: %s', (version, plan, expected) => {
    expect(matchesPlan(version, plan)).toBe(expected);
  });

  it('takes any release for itself, however the v stands, and for the plans that begin it', () => {
    const numbers = fc.array(fc.nat(99), { minLength: 3, maxLength: 3 });
    const prefix = fc.constantFrom('', 'v');
    fc.assert(
      fc.property(numbers, prefix, prefix, fc.integer({ min: 1, max: 3 }), (all, a, b, length) => {
        expect(matchesPlan(a + all.join('.'), b + all.slice(0, length).join('.'))).toBe('same');
      }),
    );
  });

  it('never takes another release for the planned one', () => {
    const numbers = fc.array(fc.nat(20), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        fc.pre(a.join() !== b.join());
        expect(matchesPlan(a.join('.'), `v${b.join('.')}`)).toBe('other');
      }),
    );
  });

  it('answers whatever it is given', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(['same', 'other', 'unknown']).toContain(matchesPlan(a, b));
      }),
    );
  });
});
