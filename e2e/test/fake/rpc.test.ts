import type { FakeChain } from '@chainvisor/testkit';
import { stat, symlink } from 'node:fs/promises';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, infoOf, proofOf } from '../../src/fake-checks.ts';
import { only } from '../../src/fake-facts.ts';
import { foreignNode } from '../../src/fake-foreign.ts';
import { heightOf, replaceInfo } from '../../src/fake-info.ts';
import { type FakeRun, fakeRun } from '../../src/fake-run.ts';
import { versionsOf } from '../../src/home-checks.ts';
import { afterKill } from '../../src/kill.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 6 };
const far = { name: 'v2', height: 40 };
const settle = { CHAINVISOR_SETTLE_TIME: '300ms' };

/** How RPC may be where the node itself cannot be asked. */
const unasked: readonly { title: string; chain: FakeChain; foreign?: number }[] = [
  { title: 'RPC is off', chain: { rpc: 'off' } },
  { title: 'RPC accepts and never answers', chain: { rpc: 'silent' } },
  { title: 'RPC answers as the node of another chain', chain: { rpc: 'foreign' } },
  { title: 'another node has the port, far above the height', chain: { rpc: 'off' }, foreign: 1000 },
  { title: 'another node has the port, far below the height', chain: { rpc: 'off' }, foreign: 1 },
];
const rows = unasked.flatMap((row) => [true, false].map((validator) => ({ ...row, validator })));

async function prepared(t: Parameters<typeof fakeRun>[0], row: (typeof rows)[number], plan = v2): Promise<FakeRun> {
  const { chain, validator, foreign } = row;
  const run = await fakeRun(t, { chain: { plans: [plan], ...chain, validator } });
  await run.stage('v2');
  if (foreign !== undefined) await foreignNode(t, run.home.rpcPort, foreign);
  return run;
}

describe.concurrent('a node that cannot be asked', () => {
  it.for(rows)('is upgraded at the height: $title, it signs: $validator', async (row, t) => {
    const run = await prepared(t, row);
    const supervisor = run.start(settle);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { verified: false });
    t.expect(await versionsOf(run)).toEqual(['v1', 'v2']);
    t.expect(await proofOf(run, v2)).toMatch(/^(?:validator|wal) says height 6$|^the node wrote the file/);
  });

  it.for(rows)('is not upgraded early over a file that was there before: $title, signs: $validator', async (row, t) => {
    const run = await prepared(t, row, far);
    await symlink('genesis', run.at('current'));
    await replaceInfo(run, infoOf(run.profile, far));
    const supervisor = run.start(settle);
    await run.reached(41);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [far], { verified: false });
    t.expect(await versionsOf(run)).toEqual(['v1', 'v2']);
  });

  // A known limit (docs/decisions/0003): nothing tells a file of somebody else's from the node's own.
  it('is taken at its word, once the file has settled, where somebody drops the file in under it', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [{ ...far, height: 10_000 }], rpc: 'silent' } });
    await run.stage('v2');
    const supervisor = run.start({ CHAINVISOR_SETTLE_TIME: '2s' });
    await run.reached(2);
    await replaceInfo(run, infoOf(run.profile, { ...far, height: 10_000 }));
    const { ctimeMs } = await stat(run.home.infoFile);
    const asked = await run.event('SIGTERM', ({ event }) => event === 'signal');
    t.expect(asked.at - Math.floor(ctimeMs)).toBeGreaterThanOrEqual(2000);
    await supervisor.saw(/switched from=genesis to=upgrades\/v2/);
    await supervisor.stop();
    t.expect(await proofOf(run, far)).toBe('the node wrote the file and answers no RPC');
  });
});

describe.concurrent('a node without RPC, under which somebody drops the file in', () => {
  // The other half of the same limit: a node that never told a height, and ends over a file that changed under it.
  it('is taken at its word also where it crashes for a reason of its own', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far], rpc: 'off', blockTime: 200, crashAtHeight: 8 } });
    await run.stage('v2');
    const supervisor = run.start({ CHAINVISOR_SETTLE_TIME: '1h' });
    await run.reached(2);
    await replaceInfo(run, infoOf(run.profile, far));
    await supervisor.saw(/not proven to be reached/);
    await supervisor.saw(/switched from=genesis to=upgrades\/v2/);
    await supervisor.stop();
    t.expect(await proofOf(run, far)).toBe('the node wrote the file and ended by itself');
    t.expect(await heightOf(run)).toBeGreaterThanOrEqual(8);
  });
});

describe.concurrent('a file that is there early', () => {
  it.for<{ title: string; chain: FakeChain; profile?: '0.47' }>([
    { title: 'crashes', chain: { crashAtHeight: 20 } },
    { title: 'ends with code 0', chain: { exitAtHeight: { height: 20, code: 0 } } },
    { title: 'crashes, of SDK 0.47', chain: { crashAtHeight: 20 }, profile: '0.47' },
    { title: 'crashes, and does not sign', chain: { crashAtHeight: 20, validator: false } },
  ])('proves nothing where the node $title: it starts again, and is upgraded at the height', async (row, t) => {
    const { chain, profile = '0.53' } = row;
    const run = await fakeRun(t, { profile, chain: { plans: [far], blockTime: 100, ...chain } });
    await run.stage('v2');
    const supervisor = run.start(settle);
    await run.reached(2);
    await replaceInfo(run, infoOf(profile, far));
    await supervisor.saw(/not proven to be reached/);
    await supervisor.saw(/starting the node once more/);
    await supervisor.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v1', 'v2']);
  });

  it('proves nothing where the node ends over and over: its code is ours, and each start runs the old one', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far], blockTime: 100, crashAtHeight: 20 } });
    await run.stage('v2');
    const first = run.start(settle);
    await run.reached(2);
    // From its next start on it ends before it answers anybody.
    await run.home.setChain({ rpc: 'off', exitAtHeight: { height: 21, code: 9 } });
    await replaceInfo(run, infoOf(run.profile, far));
    t.expect(await first.ended).toEqual({ code: 9, signal: null });
    t.expect(first.log()).not.toMatch(/upgrade detected/);
    await run.home.setChain({ rpc: 'on', exitAtHeight: { height: 24, code: 9 } });
    const second = run.start(settle);
    t.expect(await second.ended).toEqual({ code: 9, signal: null });
    const third = run.start(settle);
    await third.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, third);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v1', 'v1', 'v1', 'v2']);
  });

  it('proves nothing after the supervisor was killed and started again over it', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far], blockTime: 100 } });
    await run.stage('v2');
    const first = run.start(settle);
    await run.reached(2);
    await replaceInfo(run, infoOf(run.profile, far));
    await first.saw(/not proven to be reached/);
    first.kill('SIGKILL');
    await afterKill(run, first, 'left alive');
    const second = run.start(settle);
    await second.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v1', 'v2']);
    t.expect(only(await run.home.events(), 'halt')).toHaveLength(1);
  });

  it('proves nothing where it was dropped in under a node that nobody watched', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far], blockTime: 100 } });
    await run.stage('v2');
    const first = run.start(settle);
    await run.reached(2);
    first.kill('SIGKILL');
    await afterKill(run, first, 'left alive');
    await replaceInfo(run, infoOf(run.profile, far));
    const second = run.start(settle);
    await second.saw(/not proven to be reached/);
    await second.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(await versionsOf(run)).toEqual(['v1', 'v1', 'v2']);
  });
});
