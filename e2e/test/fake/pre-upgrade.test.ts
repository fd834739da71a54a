import { waitFor } from '@chainvisor/testkit';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import {
  expectCleanStop,
  expectGivenUp,
  expectMended,
  expectNothingDone,
  expectUpgraded,
  stepsOf,
} from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };

describe.concurrent('pre-upgrade of the new binary', () => {
  const env = { DAEMON_PREUPGRADE_MAX_RETRIES: '2' };

  it.for([
    { title: '0: done', preUpgrade: 0, codes: [0], said: /INF pre-upgrade: done attempt=1/ },
    { title: '1: not implemented', preUpgrade: 1, codes: [1], said: /INF pre-upgrade: not implemented/ },
    {
      title: 'an unknown command: not implemented',
      preUpgrade: 'absent',
      codes: [1],
      said: /not implemented.*unknown command/,
    },
    {
      title: '31, then 0: done',
      preUpgrade: [31, 0],
      codes: [31, 0],
      said: /WRN pre-upgrade: asks to be run again attempt=1 of=3/,
    },
    {
      title: '31 up to the limit, then 0: done',
      preUpgrade: [31, 31, 0],
      codes: [31, 31, 0],
      said: /pre-upgrade: done attempt=3/,
    },
  ] as const)('goes on with code $title', async ({ preUpgrade, codes, said }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const binary = await run.stage('v2', { preUpgrade });
    const supervisor = run.start(env);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(supervisor.log()).toMatch(said);
    const events = await run.home.events();
    const commands = only(events, 'command');
    t.expect(commands).toMatchObject(
      codes.map((code) => ({ path: binary, version: 'v2', args: ['pre-upgrade'], code })),
    );
    const [old, fresh] = livesOf(events);
    for (const { at } of commands) {
      t.expect(at).toBeGreaterThanOrEqual(old?.to ?? Infinity);
      t.expect(at).toBeLessThanOrEqual(fresh?.from ?? 0);
    }
  });

  it.for([
    { title: 'says to abort', more: { preUpgrade: 30 }, runs: 1, said: [/says to abort \(exit code 30\)/] },
    {
      title: 'asks again and again',
      more: { preUpgrade: 31 },
      runs: 3,
      said: [/reached its limit of retries/, /\(exit code 31\) 3 times/, /DAEMON_PREUPGRADE_MAX_RETRIES/],
    },
    { title: 'asks again, then aborts', more: { preUpgrade: [31, 30] }, runs: 2, said: [/says to abort/] },
    {
      title: 'fails with another code',
      more: { preUpgrade: 7 },
      runs: 1,
      said: [/pre-upgrade failed/, /exited with code 7/],
    },
    {
      title: 'is killed',
      more: { preUpgrade: 'signal' },
      runs: 1,
      said: [/pre-upgrade failed/, /was ended by SIGKILL/],
    },
    {
      title: 'lacks a library',
      more: { broken: { code: 127, stderr: 'libwasmvm.x86_64.so: cannot open\n' } },
      runs: 0,
      said: [/exited with code 127/],
    },
    {
      title: 'takes too long',
      more: { preUpgrade: 0, preUpgradeTime: 600_000 },
      runs: 1,
      said: [/did not end/, /longer than 1000ms \(CHAINVISOR_PREUPGRADE_TIMEOUT\)/],
    },
  ] as const)('that $title stops the upgrade; mended, it goes on', async ({ more, runs, said }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const binary = await run.stage('v2', more);
    // A fake node takes a good part of a second to start where the machine is busy: only what hangs has the short time.
    const hangs = 'preUpgradeTime' in more;
    const supervisor = run.start(hangs ? { ...env, CHAINVISOR_PREUPGRADE_TIMEOUT: '1s' } : env);
    const told = ['upgrade "v2" at height 5', `${binary} pre-upgrade`, /nothing was switched/, ...said];
    await expectGivenUp(t.expect, run, supervisor, 72, told);
    await expectNothingDone(t.expect, run, v2);
    if ('broken' in more) t.expect(supervisor.log()).toContain('libwasmvm.x86_64.so: cannot open\n');
    // A run that is killed may have had no time to count.
    if (!hangs)
      t.expect((await readLines(join(run.home.home, 'fake-pre-upgrade-v2.calls'))).join('')).toBe('.'.repeat(runs));

    await run.stage('v2', { preUpgrade: 0 });
    await expectMended(t.expect, run, v2, env);
  });

  it.for([0, 1, 31])('that takes too long and then ends with code %i when asked to has failed', async (code, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await writeScript(run.at('upgrades/v2/bin/palomad'), `trap 'exit ${code}' TERM\nsleep 1000 & wait`);
    const supervisor = run.start({ ...env, CHAINVISOR_PREUPGRADE_TIMEOUT: '1s' });
    await expectGivenUp(t.expect, run, supervisor, 72, [/did not end/]);
    await expectNothingDone(t.expect, run, v2);
    await run.stage('v2', { preUpgrade: 0 });
    await expectMended(t.expect, run, v2, env);
  });

  it('is ended by the operator: nothing failed, and the next start runs it again', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2', { preUpgrade: 0, preUpgradeTime: 600_000 });
    const first = run.start(env);
    const calls = join(run.home.home, 'fake-pre-upgrade-v2.calls');
    await waitFor('pre-upgrade to run', () => existsSync(calls), { timeout: 90_000 });
    await expectCleanStop(t.expect, run, first, 143);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect(await stepsOf(run, v2)).toEqual(['detected', 'stopped']);

    await run.stage('v2', { preUpgrade: 0 });
    await expectMended(t.expect, run, v2, env);
  });
});
