import { expect, test } from 'vitest';
import * as testkit from '../src/index.ts';

test('exports exactly this', () => {
  expect(Object.keys(testkit).sort()).toEqual([
    'TestkitError',
    'faultPoints',
    'freePort',
    'installFakeNode',
    'killTimes',
    'killUnder',
    'makeFakeHome',
    'openWal',
    'processesUnder',
    'testDir',
    'untilPlan',
    'waitFor',
    'watchNodes',
  ]);
});
