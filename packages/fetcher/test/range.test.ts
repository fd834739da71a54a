import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readContentRange } from '../src/range.js';

test('reads what is sent of what', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.maxSafeNat(), (start, end, total) => {
      expect(readContentRange(`bytes ${start}-${end}/${total}`)).toEqual({ start, end, total });
    }),
  );
});

test.each([
  undefined,
  '',
  'bytes */1000',
  'bytes 0-9/*',
  'bytes 0-9',
  'items 0-9/10',
  'bytes 0-9/10, 20-29/30',
  'bytes -1-9/10',
])('reads nothing out of %j', (value) => {
  expect(readContentRange(value)).toBeUndefined();
});
