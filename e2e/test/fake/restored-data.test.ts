import type { FakeChain, FakePlan } from '@chainvisor/testkit';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, infoOf, stepsOf } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { replaceInfo } from '../../src/fake-info.ts';
import { type FakeRun, fakeRun, release } from '../../src/fake-run.ts';
import { expectHistory, linkByHand, versionsOf } from '../../src/home-checks.ts';
import { currentOf, runProgram, type Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 8 };

/**
 * A home that was upgraded to v2, and then given back the data of a height before: `current` still names v2. From here on
 * the node catches up, as one does that is behind its chain. `older`: the validator's state of then comes back too.
 */
async function restored(t: TestContext, { older = false, file = false } = {}): Promise<{ run: FakeRun; from: number }> {
  const run = await fakeRun(t, { chain: { plans: [v2], scheduleLead: 'start', exitAtHeight: { height: 3, code: 0 } } });
  await run.stage('v2');
  const data = join(run.home.home, 'data');
  const aside = join(run.home.dir, 'aside');
  const first = run.start();
  t.expect(await first.ended).toEqual({ code: 0, signal: null });
  await run.home.setChain({ exitAtHeight: { height: 0, code: 0 } });
  await cp(data, aside, { recursive: true });

  const second = run.start();
  await second.saw(/upgrade verified/);
  await run.reached(9);
  await expectCleanStop(t.expect, run, second);
  await expectUpgraded(t.expect, run, [v2]);

  const state = await readFile(join(data, 'priv_validator_state.json'));
  await rm(data, { recursive: true });
  await rename(aside, data);
  if (!older) await writeFile(join(data, 'priv_validator_state.json'), state);
  if (file) await replaceInfo(run, infoOf(run.profile, v2));
  await run.home.setChain({ mode: 'blocksync' });
  return { run, from: 4 };
}

const useGenesis = ({ home }: FakeRun) => runProgram(['use', 'genesis'], home.env(), home.dir);

/** After the operator's word: v1 from the restored height to the upgrade's, then v2; each height once. */
async function expectSecondHistory(t: TestContext, run: FakeRun, from: number, before: number): Promise<void> {
  const supervisor = run.start();
  await supervisor.saw(/upgrade verified/);
  await t.expect
    .poll(async () => only((await run.home.events()).slice(before), 'block').at(-1)?.height ?? 0, { timeout: 60_000 })
    .toBeGreaterThan(v2.height);
  await expectCleanStop(t.expect, run, supervisor);
  const events = (await run.home.events()).slice(before);
  expectHistory(t.expect, events, from, (height) => (height < v2.height ? 'v1' : 'v2'));
  t.expect(livesOf(events).at(-1)?.version).toBe('v2');
  t.expect(livesOf(events)[0]?.version).toBe('v1');
  t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  t.expect(only(events, 'lock-conflict')).toEqual([]);
}

describe.concurrent('data of an earlier height, put back after the upgrade', () => {
  it.for([{ file: false }, { file: true }])(
    'is run with what current names until the operator says otherwise (the newer file kept: $file)',
    async ({ file }, t) => {
      const { run, from } = await restored(t, { file });
      const before = (await run.home.events()).length;
      const wrong = run.start();
      // The chain's own guard ends v2: it executes nothing of the old data, and we never switch backwards.
      t.expect((await wrong.ended).code).toBe(2);
      t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
      const events = (await run.home.events()).slice(before);
      t.expect(livesOf(events).map(({ version }) => version)).toEqual(['v2']);
      t.expect(only(events, 'block')).toEqual([]);

      const used = await useGenesis(run);
      t.expect(used).toMatchObject({ code: 0 });
      const after = (await run.home.events()).length;
      await expectSecondHistory(t, run, from, after);
      t.expect((await stepsOf(run, v2)).filter((step) => step === 'switched')).toHaveLength(2);
    },
  );

  it('is told, where v2 cannot run on it, which word helps', async (t) => {
    const { run } = await restored(t);
    const wrong = run.start();
    await wrong.ended;
    t.expect(wrong.log()).toMatch(/chainvisor use genesis/);
  });

  it('is no start where the validator state is the older one as well; with the newest one it is', async (t) => {
    const { run, from } = await restored(t, { older: true });
    const before = (await run.home.events()).length;
    t.expect(await useGenesis(run)).toMatchObject({ code: 0 });
    const first = run.start();
    t.expect((await first.ended).code).toBe(77);
    t.expect(first.log()).toMatch(/is older than what this validator has signed/);
    t.expect((await run.home.events()).slice(before)).toEqual([]);

    const state = join(run.home.home, 'data/priv_validator_state.json');
    const signed = JSON.parse(await readFile(state, 'utf8')) as { height: string };
    await writeFile(state, JSON.stringify({ ...signed, height: '50' }, null, 2));
    await expectSecondHistory(t, run, from, before);
    // A node that catches up signs nothing: the newer state is what it was.
    t.expect(JSON.parse(await readFile(state, 'utf8'))).toMatchObject({ height: '50' });
  });

  it('is run at once with the right binary where the operator speaks first, and is not upgraded early', async (t) => {
    const { run, from } = await restored(t, { file: true });
    const used = await useGenesis(run);
    t.expect(used).toMatchObject({ code: 0 });
    const before = (await run.home.events()).length;
    await expectSecondHistory(t, run, from, before);
  });
});

/** A run whose data comes from somewhere else: its first block is the one after `height`, these upgrades are in it. */
async function foreignData(
  t: TestContext,
  { height, applied, ...chain }: FakeChain & { height: number; applied: readonly FakePlan[] },
): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { ...chain, startHeight: height + 1, applied } });
  await run.stage('v2');
  await run.stage('v3');
  return run;
}

describe.concurrent('data from somewhere else', () => {
  const old = { name: 'v2', height: 6 };
  const v3 = { name: 'v3', height: 14 };
  const at = { height: 10, applied: [old], plans: [old, v3] };

  /** From here on as ever: v2, and v3 from its height on. */
  async function expectGoesOn(t: TestContext, run: FakeRun, supervisor: Supervisor, versions: readonly string[]) {
    await supervisor.saw(/upgrade verified.* plan=v3/);
    await run.reached(15);
    await expectCleanStop(t.expect, run, supervisor);
    const events = await run.home.events();
    expectHistory(t.expect, events, 11, (height) => (height < 14 ? 'v2' : 'v3'));
    t.expect(await versionsOf(run)).toEqual(versions);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v3');
    t.expect(only(events, 'lock-conflict')).toEqual([]);
  }

  it('with the file and no link (a snapshot) runs what the file names', async (t) => {
    const run = await foreignData(t, at);
    await writeFile(run.home.infoFile, infoOf(run.profile, old));
    const supervisor = run.start();
    await supervisor.saw(/it is set to upgrades\/v2, the plan that upgrade-info\.json names/);
    await expectGoesOn(t, run, supervisor, ['v2', 'v3']);
  });

  it('with the file and a link by hand does as well', async (t) => {
    const run = await foreignData(t, at);
    await writeFile(run.home.infoFile, infoOf(run.profile, old));
    await linkByHand(run, 'upgrades/v2');
    await expectGoesOn(t, run, run.start(), ['v2', 'v3']);
  });

  it('without the file, the link by hand (state sync), runs what the link names', async (t) => {
    const run = await foreignData(t, at);
    await linkByHand(run, 'upgrades/v2');
    await expectGoesOn(t, run, run.start(), ['v2', 'v3']);
  });

  it('without file and link ends, where the first binary does, with the word that helps', async (t) => {
    const run = await foreignData(t, { ...at, stores: true });
    const genesis = { ...release(run.profile, 'v1'), startFailure: { code: 1, stderr: 'unknown store\n' } };
    await run.home.install(run.home.genesisBinary, genesis);
    const first = run.start();
    t.expect(await first.ended).toEqual({ code: 1, signal: null });
    t.expect(first.log()).toMatch(
      /genesis may be the wrong binary for this data.*chainvisor use <name>, with one of v2, v3/,
    );
    t.expect(await runProgram(['use', 'v2'], run.home.env(), run.home.dir)).toMatchObject({ code: 0 });
    await expectGoesOn(t, run, run.start(), ['v1', 'v2', 'v3']);
  });

  it('without file and link, where the first binary lives on and is stuck, waits for the word', async (t) => {
    const run = await foreignData(t, at);
    const first = run.start();
    await run.event('the node to be stuck', ({ event }) => event === 'stuck');
    t.expect(first.end()).toBeUndefined();
    await expectCleanStop(t.expect, run, first);
    t.expect(await runProgram(['use', 'v2'], run.home.env(), run.home.dir)).toMatchObject({ code: 0 });
    await expectGoesOn(t, run, run.start(), ['v1', 'v2', 'v3']);
  });
});
