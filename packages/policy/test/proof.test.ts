import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownHeight, proofOf } from '../src/index.js';
import * as arb from './arbitraries.js';
import { alive, ended } from './facts.js';

describe('the height that is known', () => {
  it('is unknown where no source tells one', () => {
    expect(knownHeight({ child: { state: 'none' }, heights: {} })).toBeUndefined();
    expect(knownHeight({ child: alive(), heights: { wal: undefined } })).toBeUndefined();
  });

  it('is the greatest that any source tells', () => {
    expect(knownHeight({ child: alive({ liveHeight: 7 }), heights: { recorded: 5, wal: 6, validator: 0 } })).toBe(7);
    expect(knownHeight({ child: ended({ liveHeight: 7 }), heights: { recorded: 8, wal: 6 } })).toBe(8);
    expect(knownHeight({ child: { state: 'none' }, heights: { validator: 0 } })).toBe(0);
  });
});

describe('the proof of a height', () => {
  it('is the strongest of those that hold', () => {
    const child = ended({ fileChanged: true, liveHeight: 99 });
    expect(proofOf({ child, heights: { wal: 100 } }, 100)).toEqual({ by: 'height', source: 'wal', height: 100 });
    expect(proofOf({ child, heights: { wal: 99 } }, 100)).toEqual({ by: 'end-of-node', liveHeight: 99 });
    expect(proofOf({ child: ended({ fileChanged: true, by: 'operator' }), heights: {} }, 100)).toBeUndefined();
  });

  it('by height holds for every lower height too, and for none above', () => {
    fc.assert(
      fc.property(arb.heights, fc.integer({ min: 1, max: 9 }), (heights, height) => {
        const known = knownHeight({ child: { state: 'none' }, heights }) ?? -1;
        expect(proofOf({ child: { state: 'none' }, heights }, height) !== undefined).toBe(height <= known);
      }),
    );
  });
});
