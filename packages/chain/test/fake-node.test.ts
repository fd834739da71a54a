import { spawn } from 'node:child_process';
import { makeFakeHome, waitFor, type FakeChain, type FakeHome, type Profile } from '@chainvisor/testkit';
import { describe, expect, it } from 'vitest';
import {
  askAppliedPlans,
  askCurrentPlan,
  askUpgradeProposals,
  type Question,
  type UpgradeProposalsReading,
} from '../src/index.js';
import { later, tcp } from './support.js';

/** A fake node of this profile that runs, and how to ask it. */
async function run(profile: Profile, chain: FakeChain): Promise<{ home: FakeHome; question: Question }> {
  const genesis = { profile, version: 'v1.0.0', handlers: ['v1'] };
  const home = await makeFakeHome({ daemon: 'palomad', chain: { blockTime: 20, ...chain }, genesis });
  later(() => home.remove());
  spawn(home.genesisBinary, ['start'], { env: home.env(), stdio: 'ignore' });
  await waitFor('the node to open', async () => (await home.events()).some(({ event }) => event === 'open'));
  return { home, question: { address: tcp(home.rpcPort), timeout: 30_000 } };
}

const idsOf = (reading: UpgradeProposalsReading) =>
  reading.reachable && reading.proposals.map(({ id, status }) => `${id} ${status}`);

const PLAN = { name: 'v2', height: 100_000, info: 'here' };

describe.each<Profile>(['0.45', '0.47', '0.50', '0.53'])('a node as of SDK %s', (profile) => {
  it('says what is scheduled, what was made and what is proposed, while that changes', async () => {
    const { home, question } = await run(profile, {
      scheduleLead: 'start',
      applied: [{ name: 'v1', height: 7 }],
      startHeight: 10,
      plans: [PLAN],
      proposals: [
        { id: 1, status: 'passed', plan: { name: 'v1', height: 7 }, legacy: true },
        { id: 2, status: 'voting', plan: PLAN, title: 'Second' },
        { id: 3, status: 'rejected', plan: PLAN },
        { id: 4, status: 'voting' },
        { id: 5, status: 'voting', cancels: true },
      ],
    });
    expect(await askCurrentPlan(question)).toMatchObject({ reachable: true, plan: PLAN });
    expect(await askAppliedPlans(question)).toEqual({ reachable: true, applied: [{ name: 'v1', height: 7 }] });
    const proposed = await askUpgradeProposals(question);
    expect(proposed).toMatchObject({
      gov: profile === '0.45' ? 'v1beta1' : 'v1',
      proposals: [{ title: 'Second', plan: PLAN }, { plan: { name: 'v1', height: 7 } }],
      cancellations: [{ id: 5 }],
      complete: true,
    });
    expect(idsOf(proposed)).toEqual(['2 voting', '1 passed']);

    const moved = { ...PLAN, height: 200_000 };
    await home.setChain({ plans: [moved], proposals: [{ id: 2, status: 'passed', plan: moved }] });
    await waitFor('the plan to be moved', async () => {
      const reading = await askCurrentPlan(question);
      return reading.reachable && reading.plan?.height === 200_000;
    });
    expect(idsOf(await askUpgradeProposals(question))).toEqual(['2 passed']);

    await home.setChain({ plans: [] });
    await waitFor('the plan to be cancelled', async () => {
      const reading = await askCurrentPlan(question);
      return reading.reachable && reading.plan === undefined;
    });
    await home.kill();
    expect(await askCurrentPlan(question)).toMatchObject({ reachable: false });
  });

  it('lists more proposals than one page has', async () => {
    const proposals = Array.from({ length: 150 }, (_, index) => ({
      id: index + 1,
      status: index % 5 === 0 ? ('passed' as const) : ('voting' as const),
      plan: { ...PLAN, name: `v${index + 1}` },
    }));
    const { question } = await run(profile, { proposals });
    const ids = idsOf(await askUpgradeProposals(question));
    const expected = proposals.map(({ id, status }) => `${id} ${status}`).reverse();
    expect(ids).toEqual(expected);
  });
});

it('a chain without x/gov has plans all the same, also at its halt', async () => {
  const plan = { name: 'v2', height: 5, info: '' };
  const { home, question } = await run('0.50', { gov: false, plans: [plan] });
  await waitFor('the halt', async () => (await home.events()).some(({ event }) => event === 'halt'));
  expect(await askCurrentPlan(question)).toEqual({ reachable: true, plan, height: 4 });
  expect(await askUpgradeProposals(question)).toMatchObject({ reachable: true, gov: 'none', proposals: [] });
});
