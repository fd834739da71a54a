import { expect, test } from 'vitest';
import * as testkit from '../src/index.ts';

test('exports exactly this', () => {
  expect(Object.keys(testkit).sort()).toEqual([
    'TestkitError',
    'freePort',
    'installFakeNode',
    'makeFakeHome',
    'processesUnder',
    'testDir',
    'waitFor',
  ]);
});
