import { expect, it } from 'vitest';

import * as api from '../src/index.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual([
    'RunnerError',
    'describeEnding',
    'exitCodeOf',
    'identityOf',
    'isOfHere',
    'isStillThere',
    'lockHolders',
    'runThrough',
    'runToEnd',
    'startChild',
    'takeFlock',
    'takeHomeLock',
  ]);
});

it('has errors that say their name, code and hint, and look like any other error', () => {
  const cause = new Error('below');
  const error = new api.RunnerError('RUNNER_START_FAILED', 'cannot start x', { hint: 'check x', cause });
  expect(error).toMatchObject({ name: 'RunnerError', code: 'RUNNER_START_FAILED', hint: 'check x', cause });
  expect(`${error}`).toBe('RunnerError: cannot start x');
  expect(Object.keys(error)).not.toContain('name');
  expect('cause' in new api.RunnerError('RUNNER_ABORTED', 'x')).toBe(false);
});
