import type { FakeChain } from '@chainvisor/testkit';
import { rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded, infoOf, stepsOf } from '../../src/fake-checks.ts';
import { only } from '../../src/fake-facts.ts';
import { replaceInfo } from '../../src/fake-info.ts';
import { type FakeRun, fakeRun } from '../../src/fake-run.ts';
import { expectHistory, expectNeverTwo, linkByHand, versionsOf } from '../../src/home-checks.ts';
import { afterKill, watchRun, workedUnder } from '../../src/kill.ts';
import { startStranger } from '../../src/stranger.ts';
import { currentOf, runProgram, type Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 6 };

const ends = {
  'stopped by SIGTERM': async (supervisor: Supervisor) => {
    await supervisor.stop();
  },
  'killed, its node left alive': async (supervisor: Supervisor, run: FakeRun) => {
    supervisor.kill('SIGKILL');
    await afterKill(run, supervisor, 'left alive');
  },
  'killed with its node': async (supervisor: Supervisor, run: FakeRun) => {
    supervisor.kill('SIGKILL');
    await afterKill(run, supervisor, 'killed too');
  },
};

describe.concurrent('a supervisor that is started again around the height ends as an undisturbed one', () => {
  const moments = {
    'before the file': (run: FakeRun) => run.reached(3),
    'one block before the height': (run: FakeRun) => run.reached(5),
    'at the file': (run: FakeRun) => run.event('the file', ({ event }) => event === 'file'),
    'while the new binary starts': (run: FakeRun) =>
      run.event('v2', (event) => event.event === 'start' && event.version === 'v2'),
    'while the new binary migrates': (run: FakeRun) => run.event('the migration', ({ event }) => event === 'migrating'),
  };
  const rows = Object.keys(moments).flatMap((moment) => Object.keys(ends).map((how) => ({ moment, how })));

  it.for(rows as { moment: keyof typeof moments; how: keyof typeof ends }[])('$how $moment', async (row, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], migration: { time: 300 } } });
    await run.stage('v2');
    const watch = await watchRun(t, run);
    const first = run.start();
    await moments[row.moment](run);
    await ends[row.how](first, run);
    // By then the upgrade may be over, or not yet begun.
    const second = run.start();
    await workedUnder(run, second, 'v2', 7);
    await t.expect.poll(() => stepsOf(run, v2), { timeout: 60_000 }).toContain('verified');
    await expectCleanStop(t.expect, run, second);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    const events = await run.home.events();
    const untold = row.how === 'killed with its node' ? 1 : 0;
    const heights = only(events, 'block').map(({ height }) => height);
    // A node that is killed between a commit and its line has executed a block that nobody tells.
    t.expect((heights.at(-1) ?? 0) - heights.length).toBeLessThanOrEqual(untold);
    const versions = only(events, 'block').map(({ height, version }) => [height, version]);
    t.expect(versions).toEqual([...new Set(heights)].map((height) => [height, height < 6 ? 'v1' : 'v2']));
    t.expect((await stepsOf(run, v2)).filter((step) => step === 'switched')).toHaveLength(1);
    await expectNeverTwo(t.expect, run, watch);
  });
});

describe.concurrent('a node that has halted while nobody watched', () => {
  it.for<{ title: string; chain: FakeChain; rpc?: boolean; linked: boolean }>([
    { title: 'and signs', chain: {}, linked: true },
    { title: 'and does not sign', chain: { validator: false }, linked: true },
    { title: 'before there ever was a link', chain: {}, linked: false },
    { title: 'and answers no RPC', chain: { rpc: 'off' }, rpc: false, linked: true },
  ])('is upgraded without the old binary once more: $title', async ({ chain, rpc = true, linked }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], ...chain } });
    await run.stage('v2');
    if (linked) await linkByHand(run, 'genesis');
    const alone = startStranger(t, [run.home.genesisBinary, 'start', '--home', run.home.home], { env: run.home.env() });
    await run.event('the halt', ({ event }) => event === 'halt');
    alone.kill('SIGTERM');
    await alone.ended;

    const supervisor = run.start();
    if (rpc) await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { verified: rpc });
    t.expect(await versionsOf(run)).toEqual(['v1', 'v2']);
  });
});

describe.concurrent('a link', () => {
  it.for([
    { title: 'that is gone', lose: (run: FakeRun) => unlink(run.at('current')) },
    { title: 'that names nothing', lose: (run: FakeRun) => linkByHand(run, 'upgrades/lost') },
    {
      title: 'that names a directory which was removed',
      lose: async (run: FakeRun) => {
        await run.stage('old');
        await linkByHand(run, 'upgrades/old');
        await rm(run.at('upgrades/old'), { recursive: true });
      },
    },
  ])('$title before the height is set to what ran, whatever is staged', async ({ lose }, t) => {
    const far = { name: 'v2', height: 40 };
    const run = await fakeRun(t, { chain: { plans: [far] } });
    await run.stage('v2');
    const first = run.start();
    await run.reached(2);
    await expectCleanStop(t.expect, run, first);
    await lose(run);
    const second = run.start();
    await second.saw(/it is set to genesis, as recorded/);
    await second.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v1', 'v2']);
  });

  it('to a directory that was removed is not set to a plan whose height is not reached', async (t) => {
    const far = { name: 'v3', height: 1000 };
    const run = await fakeRun(t, { chain: { plans: [v2, far] } });
    await run.stage('v2');
    await run.stage('v3');
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, first);
    await rename(run.at('upgrades/v2'), join(run.home.dir, 'lost'));
    await replaceInfo(run, infoOf(run.profile, far));
    const refused = run.start();
    const early = run.event('v3', (event) => event.event === 'start' && event.version === 'v3');
    await Promise.race([refused.ended, early]);
    early.catch(() => undefined);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v2']);
    await expectGivenUp(t.expect, run, refused, 67, [run.at('upgrades/v2/bin/palomad')]);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');

    await rename(join(run.home.dir, 'lost'), run.at('upgrades/v2'));
    const second = run.start();
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v2', 'v2']);
  });

  it(
    'that somebody has moved to the new binary before the height is let be, and called stuck',
    { timeout: 240_000 },
    async (t) => {
      const far = { name: 'v2', height: 60 };
      const run = await fakeRun(t, { chain: { plans: [far], scheduleLead: 'start' } });
      await run.stage('v2');
      const first = run.start();
      await run.reached(3);
      await expectCleanStop(t.expect, run, first);
      await linkByHand(run, 'upgrades/v2');
      const second = run.start({ CHAINVISOR_STUCK_TIME: '1s' });
      // The chain's own guard: a binary that comes too early executes nothing.
      const stuck = /ERR the node is alive but stuck.*upgrades\/v2 is the wrong binary.*chainvisor use genesis/;
      await t.expect.poll(() => second.log(), { timeout: 150_000 }).toMatch(stuck);
      await expectCleanStop(t.expect, run, second);
      t.expect(second.log()).not.toMatch(/upgrade detected|current .*is set/);
      t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
      t.expect(await runProgram(['use', 'genesis'], run.home.env(), run.home.dir)).toMatchObject({ code: 0 });
      const third = run.start();
      await third.saw(/upgrade verified/);
      await run.reached(61);
      await expectCleanStop(t.expect, run, third);
      await expectUpgraded(t.expect, run, [far]);
      t.expect(await versionsOf(run)).toEqual(['v1', 'v2', 'v1', 'v2']);
    },
  );

  it('that somebody has moved back to genesis after the upgrade is moved forward again, v1 never started', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, first);
    await linkByHand(run, 'genesis');
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v2', 'v2']);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    expectHistory(t.expect, await run.home.events(), 1, (height) => (height < 6 ? 'v1' : 'v2'));
  });
});
