import { spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { env, fixturePath } from './helpers/sandbox.js';

describe('a program that uses this package', () => {
  it('ends by itself once its children have ended, whatever limits and throwing callbacks they had', () => {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [fixturePath('lifetime.js')], {
      env,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      reasons: ['itself', 'timeout', 'itself', 'stopped', 'itself', 'killed', 'itself', 'RUNNER_START_FAILED'],
      thrown: ['remnants', 'overdue'],
      timers: [],
      listeners: true,
    });
  });
});
