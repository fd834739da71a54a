import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import {
  endLeftovers,
  leaveBehind,
  leftBehind,
  leftoversOf,
  stageWitness,
  wrapGenesis,
} from '../../src/fake-leftovers.ts';
import { chain, heard, v2 } from '../../src/fake-phases.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { expectEnd } from '../../src/fake-signals.ts';

vi.setConfig({ maxConcurrency: 4 });

const manners = ['polite', 'stubborn'] as const;
const short = { DAEMON_SHUTDOWN_GRACE: '500ms' };

/** A home whose first node leaves a process behind. */
async function leaving(t: TestContext, manner: (typeof manners)[number], more: object = {}): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { ...chain, ...more } });
  await wrapGenesis(run, leaveBehind(leftoversOf(run), manner));
  endLeftovers(t, run);
  return run;
}

describe.concurrent.each(manners)('a %s process that left the session of the node', (manner) => {
  it('is gone before the new binary is started', async (t) => {
    const run = await leaving(t, manner);
    const { real, seen } = await stageWitness(run);
    const supervisor = run.start(short);
    const pid = await leftBehind(run);
    await supervisor.saw(/upgrade verified/);
    await run.worked(2);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { paths: { v2: real } });
    t.expect(await seen()).toEqual(['gone']);
    const killed = new RegExp(`killing them pids=${pid} `);
    if (manner === 'stubborn') t.expect(supervisor.log()).toMatch(killed);
    else t.expect(supervisor.log()).not.toMatch(/killing/);
  });

  it('is gone after the operator’s stop', async (t) => {
    const run = await leaving(t, manner);
    const supervisor = run.start(short);
    await leftBehind(run);
    await run.reached(2);
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 0, ['SIGTERM']);
    t.expect(supervisor.log()).toMatch(/palomad exited with code 0: this is the node's own end exit=0\n$/);
  });

  it('is gone after the node’s own end', async (t) => {
    const run = await leaving(t, manner, { exitAtHeight: { height: 3, code: 9 } });
    const supervisor = run.start(short);
    await leftBehind(run);
    await expectEnd(t, run, supervisor, 9, []);
    t.expect(supervisor.log()).toMatch(/palomad exited with code 9: this is the node's own end exit=9\n$/);
  });

  it('is gone where the operator stops us while the node is being stopped for the upgrade', async (t) => {
    const run = await leaving(t, manner, { shutdown: 1500 });
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_SHUTDOWN_GRACE: '5s' });
    await leftBehind(run);
    await heard(run, 1, 1);
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 143, ['SIGTERM', 'SIGTERM']);
  });

  it('is gone where the operator stops us during the delay', async (t) => {
    const run = await leaving(t, manner);
    await run.stage('v2');
    const supervisor = run.start({ ...short, DAEMON_RESTART_DELAY: '10m' });
    await leftBehind(run);
    await supervisor.saw(/waiting before the upgrade/);
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 143, ['SIGTERM']);
  });
});

describe.concurrent('a process that left the session of the node and is being waited for', () => {
  it('is gone where the operator stops us meanwhile', async (t) => {
    const run = await leaving(t, 'stubborn');
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_SHUTDOWN_GRACE: '2s' });
    await supervisor.saw(/still live on this home: stopping them/);
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 143, ['SIGTERM']);
  });
});

describe.concurrent('a process that left the session of a step', () => {
  it.for(['the custom script', 'pre-upgrade'])('is gone where the operator stops us during %s', async (step, t) => {
    const run = await fakeRun(t, { chain });
    endLeftovers(t, run);
    const left = leaveBehind(leftoversOf(run));
    const env = step === 'pre-upgrade' ? {} : { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
    const path = await run.stage('v2');
    await (step === 'pre-upgrade'
      ? writeScript(path, `[ "$1" = pre-upgrade ] || exit 1\n${left}\nexec sleep 600`)
      : writeScript(run.at('pre.sh'), `${left}\nexec sleep 600`));
    const supervisor = run.start(env);
    await leftBehind(run);
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 143, ['SIGTERM']);
  });

  it.for(['the custom script', 'pre-upgrade'])('is gone before the new node is started: %s', async (step, t) => {
    const run = await fakeRun(t, { chain });
    endLeftovers(t, run);
    const left = leaveBehind(leftoversOf(run));
    const env = step === 'pre-upgrade' ? {} : { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
    const { real, seen } = await stageWitness(run);
    await (step === 'pre-upgrade'
      ? writeScript(
          run.at('upgrades/v2/bin/palomad'),
          `if [ "$1" = pre-upgrade ]; then
            ${left}
            exit 0
          fi
          grep '^State:' "/proc/$(cat "${leftoversOf(run)}")/status" | grep -qv Z && exit 99
          exec "${real}" "$@"`,
        )
      : writeScript(run.at('pre.sh'), left));
    const supervisor = run.start(env);
    await supervisor.saw(/upgrade verified/);
    await run.worked(2);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { paths: { v2: real } });
    if (step !== 'pre-upgrade') t.expect(await seen()).toEqual(['gone']);
  });
});
