import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded, infoOf, proofOf } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { foreignNode } from '../../src/fake-foreign.ts';
import { fakeRun } from '../../src/fake-run.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 6 };

describe.concurrent('that the height is reached', () => {
  it('is proven over RPC where the node does not sign', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], validator: false } });
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(await proofOf(run, v2)).toBe('status says height 6');
  });

  it('is told by its consensus log where it neither signs nor answers RPC', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], validator: false, rpc: 'off' } });
    await run.stage('v2');
    const supervisor = run.start({ CHAINVISOR_SETTLE_TIME: '1s' });
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { verified: false });
    t.expect(await proofOf(run, v2)).toBe('wal says height 6');
  });

  it('is taken for granted after the settle time where no log tells it either', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], validator: false, rpc: 'off' } });
    await run.stage('v2');
    const supervisor = run.start({ CHAINVISOR_SETTLE_TIME: '1s' });
    await run.reached(2);
    await rm(join(run.home.home, 'data/cs.wal'), { recursive: true });
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { verified: false });
    t.expect(await proofOf(run, v2)).toBe('the node wrote the file and answers no RPC');
    const [asked] = only(await run.home.events(), 'signal');
    const { mtimeMs } = await stat(run.home.infoFile);
    t.expect((asked?.at ?? 0) - Math.floor(mtimeMs)).toBeGreaterThanOrEqual(1000);
  });

  it('is not believed of another node on our port, whatever height that tells', async (t) => {
    const far = { name: 'v2', height: 25 };
    const run = await fakeRun(t, { chain: { plans: [far], rpc: 'off' } });
    await run.stage('v2');
    await foreignNode(t, run.home.rpcPort, 1000);
    const supervisor = run.start();
    await run.reached(2);
    await writeFile(run.home.infoFile, infoOf(run.profile, far));
    await supervisor.saw(/not proven to be reached: genesis runs until it is/);
    await run.reached(26);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [far], { verified: false });
    t.expect(await proofOf(run, far)).toBe('validator says height 25');
  });

  it('is not concluded from a file that somebody put there early', async (t) => {
    const far = { name: 'v2', height: 25 };
    const run = await fakeRun(t, { chain: { plans: [far], validator: false } });
    await run.stage('v2');
    const supervisor = run.start({ CHAINVISOR_SETTLE_TIME: '100ms' });
    await run.reached(2);
    await writeFile(run.home.infoFile, infoOf(run.profile, far));
    await supervisor.saw(/not proven to be reached: genesis runs until it is/);
    await supervisor.saw(/upgrade verified/);
    await run.reached(26);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(await proofOf(run, far)).toBe('status says height 25');
  });

  it.for([
    // Without RPC nobody could record a height, nor see the upgrade verified.
    { who: 'the validator state', chain: { rpc: 'off' }, proof: 'validator says height 6', verified: false },
    { who: 'the height last recorded', chain: { validator: false }, proof: 'recorded says height 6', verified: true },
  ] as const)('is proven by $who after a restart: the old binary is not started again', async (row, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], ...row.chain } });
    const first = run.start();
    await expectGivenUp(t.expect, run, first, 68, [run.at('upgrades/v2/bin/palomad')]);
    const before = await stat(run.home.infoFile, { bigint: true });

    await run.stage('v2');
    const second = run.start();
    await run.reached(7);
    if (row.verified) await second.saw(/upgrade verified/);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2], { verified: row.verified });
    t.expect(await proofOf(run, v2)).toBe(row.proof);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
    const after = await stat(run.home.infoFile, { bigint: true });
    t.expect([after.ino, after.mtimeNs, after.ctimeNs]).toEqual([before.ino, before.mtimeNs, before.ctimeNs]);
  });

  it('is proven by one more halt of the old binary where nothing is on record of it', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], validator: false, rpc: 'off', mode: 'blocksync' } });
    await symlink('genesis', run.at('current'));
    // Nobody watches: the node halts by itself, and only the file tells of it.
    const alone = spawn(run.home.genesisBinary, ['start', '--home', run.home.home], { env: run.home.env() });
    await once(alone, 'close');
    await run.stage('v2');
    const supervisor = run.start();
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { verified: false });
    t.expect(await proofOf(run, v2)).toBe('the node wrote the file and ended by itself');
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v1', 'v2']);
  });
});
