import type { FakeChain } from '@chainvisor/testkit';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, proofOf } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { blocksLater } from '../../src/fake-info.ts';
import { type FakeRun, fakeRun, release } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { appeared, expectNeverTwo, expectRefused, signalsOf } from '../../src/home-checks.ts';
import { afterKill, watchRun, workedUnder } from '../../src/kill.ts';
import { expectSameEnd } from '../../src/kill-checks.ts';
import type { Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 20 };
const found = /WRN processes that were started before still live on this home: stopping them/;
const wrapped = join('wrapped', 'palomad');

/** Kills the supervisor alone. */
async function orphan(run: FakeRun, supervisor: Supervisor): Promise<void> {
  supervisor.kill('SIGKILL');
  await afterKill(run, supervisor, 'left alive');
}

/** Puts a shell that does not `exec` around the first binary. */
async function wrapGenesis({ home, profile }: FakeRun): Promise<void> {
  const real = join(home.dir, wrapped);
  await home.install(real, release(profile, 'v1'));
  await writeScript(home.genesisBinary, `"${real}" "$@"\nexit $?`);
}

/** The node that the first supervisor has left behind: asked once, and ended by itself. */
async function expectPoliteEnd({ expect }: TestContext, { home }: FakeRun, asked = 1): Promise<void> {
  const events = await home.events();
  const [first] = livesOf(events);
  expect(first?.code).toBe(0);
  expect(signalsOf(events, first?.pid ?? 0)).toEqual(Array.from({ length: asked }, () => 'SIGTERM'));
}

describe.concurrent('a node that a killed supervisor has left behind', () => {
  it.for<{ title: string; chain?: FakeChain; prepare?: (run: FakeRun) => Promise<void>; lose?: string }>([
    { title: 'at work' },
    { title: 'that takes its time to close its databases', chain: { shutdown: 1500 } },
    { title: 'behind a shell wrapper', prepare: wrapGenesis },
    { title: 'with a process of its own beside it', chain: { grandchild: true } },
    { title: 'while somebody has deleted the lock that it holds', lose: 'lock' },
    { title: 'while somebody has deleted the records', lose: 'started.json' },
  ])('is stopped politely by the next start, which then runs: $title', async ({ chain = {}, prepare, lose }, t) => {
    const run = await fakeRun(t, { chain });
    await prepare?.(run);
    const watch = await watchRun(t, run);
    const first = run.start();
    await run.worked(1);
    await orphan(run, first);
    if (lose !== undefined) await rm(run.at('.chainvisor', lose), { recursive: true });

    const second = run.start();
    await second.saw(found);
    await run.worked(2);
    await expectPoliteEnd(t, run);
    await expectCleanStop(t.expect, run, second, prepare === undefined ? 0 : 143);
    await expectUpgraded(t.expect, run, []);
    await expectNeverTwo(t.expect, run, watch);
  });

  it('is not ended, but blocks the start, where somebody has deleted all that is ours', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const first = run.start();
    await run.worked(1);
    await orphan(run, first);
    await rm(run.at('.chainvisor'), { recursive: true });
    const [life] = livesOf(await run.home.events());
    const pid = life?.pid ?? 0;
    // Nothing tells it from a node that was started by hand.
    await expectRefused(t.expect, run.start(), [`in use by process ${pid}`, run.home.genesisBinary]);
    await blocksLater(run, 3);
    t.expect(signalsOf(await run.home.events(), pid)).toEqual([]);

    process.kill(pid, 'SIGTERM');
    await run.event('its end', ({ event }) => event === 'end');
    const third = run.start();
    await run.worked(2);
    await expectCleanStop(t.expect, run, third);
    await expectUpgraded(t.expect, run, []);
  });

  it('and that ignores SIGTERM is killed after DAEMON_SHUTDOWN_GRACE, and the start goes on', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], ignoreSigterm: true, blockTime: 300 } });
    await run.stage('v2');
    const watch = await watchRun(t, run);
    const first = run.start();
    await workedUnder(run, first, 'v1', 0);
    await orphan(run, first);
    await run.home.setChain({ ignoreSigterm: false, blockTime: 50 });

    const second = run.start({ DAEMON_SHUTDOWN_GRACE: '1s' });
    await second.saw(/WRN they did not stop within their grace: killing them .*grace=1000ms/);
    await second.saw(/upgrade verified/);
    await run.reached(21);
    await expectCleanStop(t.expect, run, second);
    const [killed] = livesOf(await run.home.events());
    t.expect(killed?.code).toBeUndefined();
    t.expect(signalsOf(await run.home.events(), killed?.pid ?? 0)).toEqual(['SIGTERM']);
    await expectSameEnd(t.expect, run, [v2], { watch, nodeKills: 1 });
  });

  it.for([
    { title: 'has halted', chain: {}, again: 0 },
    { title: 'has halted, and does not sign', chain: { validator: false }, again: 0 },
    { title: 'has halted, signs and answers no RPC', chain: { rpc: 'off' }, again: 0 },
    { title: 'writes the file in two steps, a second each', chain: { writeGap: 1000 }, again: 0 },
    // Nothing tells the height of a node that died while it was catching up: its halt is met once more.
    { title: 'has died of its halt', chain: { mode: 'blocksync' }, again: 1 },
  ] satisfies { title: string; chain: FakeChain; again: number }[])(
    'and that $title is upgraded by the next start; the old binary starts again $again times',
    async ({ chain, title, again }, t) => {
      const run = await fakeRun(t, { chain: { plans: [v2], ...chain } });
      await run.stage('v2');
      const watch = await watchRun(t, run);
      const first = run.start();
      await run.reached(2);
      await orphan(run, first);
      if (title.startsWith('writes')) await run.reached(19).then(() => appeared(run.home.infoFile));
      else await run.event('the halt', ({ event }) => event === 'halt');

      const second = run.start();
      const rpc = !('rpc' in chain);
      if (rpc) await second.saw(/upgrade verified/);
      await run.reached(21);
      await expectCleanStop(t.expect, run, second);
      await expectUpgraded(t.expect, run, [v2], { verified: rpc });
      await expectNeverTwo(t.expect, run, watch);
      const versions = livesOf(await run.home.events()).map(({ version }) => version);
      t.expect(versions).toEqual(again === 1 ? ['v1', 'v1', 'v2'] : ['v1', 'v2']);
      if (again === 0) await expectPoliteEnd(t, run);
      const proof = again === 1 ? /ended by itself/ : /^(?:validator|wal) says height 20$/;
      t.expect(await proofOf(run, v2)).toMatch(proof);
    },
  );

  it('is ended by a third supervisor where the second was killed while it waited for its end', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], shutdown: 4000 } });
    await run.stage('v2');
    const watch = await watchRun(t, run);
    const first = run.start();
    await run.reached(2);
    await orphan(run, first);
    const second = run.start();
    await second.saw(found);
    await run.event('the signal of the second', ({ event }) => event === 'signal');
    await orphan(run, second);
    await run.home.setChain({ shutdown: 0 });

    const third = run.start();
    await third.saw(found);
    await third.saw(/upgrade verified/);
    await run.reached(21);
    await expectCleanStop(t.expect, run, third);
    await expectPoliteEnd(t, run, 2);
    await expectSameEnd(t.expect, run, [v2], { watch, nodeKills: 0 });
  });

  it('is ended also where each of two supervisors has left one', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const watch = await watchRun(t, run);
    for (const nth of [1, 2]) {
      const supervisor = run.start();
      await run.worked(nth);
      await orphan(run, supervisor);
    }
    const third = run.start();
    await run.worked(3);
    await expectCleanStop(t.expect, run, third);
    await expectUpgraded(t.expect, run, []);
    t.expect(livesOf(await run.home.events()).map(({ code }) => code)).toEqual([0, 0, 0]);
    await expectNeverTwo(t.expect, run, watch);
  });
});

describe.concurrent('a custom script that a killed supervisor has left behind', () => {
  it.for([
    { title: 'ends when it is asked to', trap: '' },
    { title: 'heeds no SIGTERM', trap: "trap '' TERM" },
  ])('is ended with what it started, before it is run again: it $title', async ({ trap }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const watch = await watchRun(t, run);
    const [trace, pids] = [join(run.home.dir, 'trace'), join(run.home.dir, 'pids')];
    // One of its children leads a session of its own.
    await writeScript(
      run.at('pre.sh'),
      `${trap}
      if [ "$CHAINVISOR_ATTEMPT" = 1 ]; then
        setsid sleep 600 & echo $! >> "${pids}.new"
        sleep 600 & echo $! >> "${pids}.new"
        echo $$ >> "${pids}.new"
        mv "${pids}.new" "${pids}"
        while :; do sleep 0.1; done
      fi
      alive=0
      for pid in $(cat "${pids}"); do
        if grep -q '^State:.[^ZX]' /proc/$pid/status 2> /dev/null; then alive=$((alive + 1)); fi
      done
      echo "$CHAINVISOR_ATTEMPT $alive" >> "${trace}"`,
    );
    const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh', DAEMON_SHUTDOWN_GRACE: '2s' };
    const first = run.start(env);
    await appeared(pids);
    await orphan(run, first);
    const second = run.start(env);
    await second.saw(found);
    await second.saw(/upgrade verified/);
    await run.reached(21);
    await expectCleanStop(t.expect, run, second);
    t.expect((await readFile(pids, 'utf8')).trim().split('\n')).toHaveLength(3);
    t.expect(await readLines(trace)).toEqual(['2 0']);
    t.expect(/killing them/.test(second.log())).toBe(trap !== '');
    await expectSameEnd(t.expect, run, [v2], { watch, nodeKills: 0 });
  });

  it('is ended also where no script is set any more', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const begun = join(run.home.dir, 'begun');
    await writeScript(run.at('pre.sh'), `echo $$ > "${begun}.new"\nmv "${begun}.new" "${begun}"\nsleep 600`);
    const first = run.start({ COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' });
    await appeared(begun);
    await orphan(run, first);
    await writeFile(run.at('pre.sh'), '#!/bin/sh\nexit 0\n');
    const second = run.start();
    await second.saw(found);
    await second.saw(/upgrade verified/);
    await run.reached(21);
    // Whoever outlived it would be found here.
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
  });
});
