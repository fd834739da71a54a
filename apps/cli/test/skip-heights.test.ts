import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skipHeightsOf } from '../src/skip-heights.js';

const flag = '--unsafe-skip-upgrades';

describe('skipHeightsOf', () => {
  it.each<[readonly string[], readonly number[]]>([
    [[`${flag}=10`], [10]],
    [[`${flag}=10,20`], [10, 20]],
    [[`${flag}=[10,20]`], [10, 20]],
    [[flag, '10'], [10]],
    [
      [flag, '10,20'],
      [10, 20],
    ],
    [
      [flag, '10', '20', '30'],
      [10, 20, 30],
    ],
    [
      [flag, '10,20', '30'],
      [10, 20, 30],
    ],
    [
      [flag, '[10,20]'],
      [10, 20],
    ],
    [
      [flag, '10, 20'],
      [10, 20],
    ],
    [
      [`${flag}=10`, `${flag}=20`],
      [10, 20],
    ],
    [
      [flag, '20', flag, '10'],
      [10, 20],
    ],
    [
      [flag, '20', '--x', 'y', `${flag}=10`],
      [10, 20],
    ],
    [['start', flag, '10', '--home', '/h'], [10]],
    [[flag, '10', '10', `${flag}=10`], [10]],
    [
      [flag, '100', '20', '3'],
      [3, 20, 100],
    ],
    [[flag, '010'], [10]],
  ])('%j gives %j', (args, heights) => {
    expect(skipHeightsOf(['start', ...args])).toEqual(heights);
    expect(skipHeightsOf([...args, '--halt-height', '7'])).toEqual(heights);
  });

  it.each<[readonly string[]]>([
    [[]],
    [['start', '10', '20']],
    [[flag]],
    [[flag, '--home', '10']],
    [[flag, '--halt-height=10']],
    [[`${flag}=`]],
    [[flag, '']],
    [[`${flag}=-10`]],
    [[`${flag}=ten`]],
    [[`${flag}=1e3`]],
    [[`${flag}=0x10`]],
    [[`${flag}=10.5`]],
    [[`${flag}=10,twenty`]],
    [[`${flag}=10,`]],
    [[`${flag}=10 20`]],
    [[flag, 'ten', '10']],
    [['--unsafe-skip-upgrade=10']],
    [['--unsafe-skip-upgrades-too=10']],
    [['-unsafe-skip-upgrades=10']],
    [['--halt-height', '10', '20']],
  ])('%j gives none', (args) => {
    expect(skipHeightsOf(args)).toEqual([]);
  });

  it('does not take what follows a spelling with =', () => {
    expect(skipHeightsOf([`${flag}=10`, '20'])).toEqual([10]);
  });

  it('gives the same heights in every spelling, sorted and once each', () => {
    const height = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(fc.array(height, { minLength: 1 }), (heights) => {
        const words = heights.map(String);
        const expected = [...new Set(heights)].sort((a, b) => a - b);
        for (const args of [
          [`${flag}=${words.join(',')}`],
          [`${flag}=[${words.join(',')}]`],
          [flag, words.join(',')],
          [flag, ...words],
          words.flatMap((word) => [flag, word]),
          words.map((word) => `${flag}=${word}`),
        ]) {
          expect(skipHeightsOf(['--home', '/h', 'start', ...args, '--x'])).toEqual(expected);
        }
      }),
    );
  });

  it('never throws, and gives whole heights only', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constant(flag),
            fc.string().map((text) => `${flag}=${text}`),
          ),
        ),
        (args) => {
          expect(skipHeightsOf(args).every((height) => height >= 0 && Number.isInteger(height))).toBe(true);
        },
      ),
    );
  });
});
