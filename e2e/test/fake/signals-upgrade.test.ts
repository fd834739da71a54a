import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, stepsOf } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { expectEnd } from '../../src/fake-signals.ts';
import { fakeRun, type FakeRun, release } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };

/** The second start finishes what the first had begun, and each binary ran once. */
async function expectFinished(t: TestContext, run: FakeRun, env: Readonly<Record<string, string>> = {}): Promise<void> {
  t.expect(await currentOf(run.home.home)).toBe('genesis');
  t.expect(await stepsOf(run, v2)).not.toContain('failed');
  const supervisor = run.start(env);
  await supervisor.saw(/finishing an upgrade that was cut off/);
  await supervisor.saw(/upgrade verified/);
  await run.reached(6);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, [v2]);
  t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
}

describe.concurrent('a signal during an upgrade', () => {
  it.for([
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGQUIT', code: 131 },
  ] as const)('aborts the delay: $signal is code $code', async ({ signal, code }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_RESTART_DELAY: '10m' });
    await supervisor.saw(/waiting before the upgrade/);
    supervisor.kill(signal);
    await expectEnd(t, run, supervisor, code, ['SIGTERM']);
    t.expect(supervisor.log()).toMatch(
      /stopped while no node was running; what was begun goes on at the next start exit=\d+\n$/,
    );
    await expectFinished(t, run);
  });

  it('that asks for no end does not abort the delay', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_RESTART_DELAY: '1s' });
    await supervisor.saw(/waiting before the upgrade/);
    for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) supervisor.kill(signal);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
  });

  it('aborts the custom script and what it started; it is run again', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const trace = join(run.home.dir, 'trace');
    await writeScript(
      run.at('pre.sh'),
      `
      echo "$CHAINVISOR_ATTEMPT" >> "${trace}"
      [ "$CHAINVISOR_ATTEMPT" = 1 ] || exit 0
      echo "script at work" >&2
      sleep 600 &
      wait`,
    );
    const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
    const supervisor = run.start(env);
    await supervisor.saw(/script at work/);
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 143, ['SIGTERM']);
    await expectFinished(t, run, env);
    t.expect(await readLines(trace)).toEqual(['1', '2']);
  });

  it('aborts pre-upgrade; it is run again', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const path = await run.stage('v2');
    const real = join(run.home.dir, 'v2/palomad');
    await run.home.install(real, { ...release('0.53', 'v2'), preUpgrade: 0 });
    const once = join(run.home.dir, 'once');
    const wait = `[ "$1" = pre-upgrade ] && [ ! -e "${once}" ] && { touch "${once}"; sleep 600; }`;
    await writeScript(path, `${wait}\nexec "${real}" "$@"`);
    const supervisor = run.start();
    await run.event('pre-upgrade', () => existsSync(once));
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 143, ['SIGTERM']);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    const second = run.start();
    await second.saw(/pre-upgrade: done/);
    await second.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2], { paths: { v2: real } });
  });

  it('while the old node closes its databases is relayed to it; nothing is killed, nothing is started', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], shutdown: 3000 } });
    await run.stage('v2');
    const supervisor = run.start();
    await run.event('the first', ({ event }) => event === 'signal');
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 143, ['SIGTERM', 'SIGTERM']);
    t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);
    await expectFinished(t, run);
  });

  it('while the new node migrates ends it as it does without us; the next start tries again', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], migration: { time: 2000 } } });
    await run.stage('v2');
    const supervisor = run.start();
    await run.event('the migration', ({ event }) => event === 'migrating');
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 0, ['SIGTERM', 'SIGTERM']);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
  });
});
