import { expect, test } from 'vitest';
import * as testkit from '../src/index.ts';

test('exports exactly this', () => {
  expect(Object.keys(testkit).sort()).toEqual([
    'TestkitError',
    'bundlePath',
    'choicePoints',
    'fakeElf',
    'faultPoints',
    'freePort',
    'guideUnit',
    'installFakeNode',
    'killTimes',
    'killUnder',
    'makeFakeHome',
    'openWal',
    'processesUnder',
    'startReleaseServer',
    'tarArchive',
    'tarEnd',
    'tarEntry',
    'testDir',
    'untilPlan',
    'waitFor',
    'watchNodes',
    'zipArchive',
  ]);
});
