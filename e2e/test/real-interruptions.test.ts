import { existsSync } from 'node:fs';
import { chmod, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { processesUnder, waitFor } from '@chainvisor/testkit';
import { expect, it } from 'vitest';

import { startBareNode } from '../src/real/bare-node.ts';
import { expectCleanStop, expectGivenUp, expectUpgraded, proofOf, startsOf, stepsOf } from '../src/real/checks.ts';
import { nodeLog, realRun, type RealRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';
import { currentOf, type Supervisor } from '../src/supervisor.ts';

const v2 = { name: 'v2', height: 5 };

/** Of a node that does not sign. */
const unsigned = '{"height":"0","round":0,"step":0}';

/** Runs the first binary without a supervisor until it halts, and stops it. */
async function haltAlone({ home, at }: RealRun): Promise<void> {
  const node = await startBareNode(home, at('genesis/bin', home.daemon));
  await home.waitForHalt(v2.height);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
}

/** The upgrade comes to its end under this supervisor. */
async function expectFinished(run: RealRun, supervisor: Supervisor): Promise<void> {
  await supervisor.saw(/upgrade verified/u);
  await expectGoesOn(run, supervisor);
}

/** The chain goes on with the new binary, whoever has verified the upgrade. */
async function expectGoesOn(run: RealRun, supervisor: Supervisor): Promise<void> {
  await run.home.waitForHeight(v2.height + 1);
  await expectCleanStop(run, supervisor);
  await expectUpgraded(run, [v2]);
}

async function nodePid(supervisor: Supervisor): Promise<number> {
  return Number(/pid=(\d+)/u.exec(await supervisor.saw(/node started/u))?.[1]);
}

describeRealNodes('an upgrade', (suite) => {
  it('whose binary is missing ends with code 68 at each start, and is finished once it is there', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    const path = run.at('upgrades/v2/bin/minid');
    const first = run.start();
    await expectGivenUp(run, first, 68, 'upgrade "v2" at height 5', path);
    expect(first.log()).toMatch(/ ERR upgrade "v2" at height 5 is due [^]* INF stopping the node/u);
    expect(nodeLog(first)).toMatch(/caught signal[^]*Closing application\.db/u);
    expect(await run.home.upgradeInfo()).toContain('"v2"');
    await expectGivenUp(run, run.start(), 68, 'upgrade "v2" at height 5', path);
    expect(await currentOf(run.home.path)).toBe('genesis');
    expect(existsSync(run.at('upgrades/v2'))).toBe(false);

    await run.stage('v2');
    await expectFinished(run, run.start());
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
  });

  it('is finished by the next start where the supervisor is stopped while a script still fetches the binary', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    const script = `#!/bin/sh
      echo "script for $1 at $2, attempt $CHAINVISOR_ATTEMPT"
      [ "$CHAINVISOR_ATTEMPT" = 1 ] && exec sleep 600
      mkdir -p cosmovisor/upgrades/$1/bin && cp ${suite.binaries().v2} cosmovisor/upgrades/$1/bin/minid\n`;
    await writeFile(run.at('fetch.sh'), script);
    await chmod(run.at('fetch.sh'), 0o755);
    const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'fetch.sh' };
    const first = run.start(env);
    await waitFor('the script to run', () => first.output().includes('script for v2 at 5, attempt 1'));
    expect(await first.stop()).toEqual({ code: 143, signal: null });
    expect(await processesUnder(run.home.path)).toEqual([]);
    expect(await currentOf(run.home.path)).toBe('genesis');

    const second = run.start(env);
    await second.saw(/finishing an upgrade that was cut off/u);
    await expectFinished(run, second);
    expect(second.output()).toContain('script for v2 at 5, attempt 2');
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
  });

  it.each([
    ['with a link to genesis', true],
    ['without a current link', false],
  ])('for which a node has halted without us is carried out at the start, %s', async (_, linked) => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await run.stage('v2');
    await haltAlone(run);
    if (linked) await symlink('genesis', run.at('current'));
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/u);
    await run.home.waitForHeight(6);
    await expectCleanStop(run, supervisor);
    if (linked) await expectUpgraded(run, [v2]);
    expect(await currentOf(run.home.path)).toBe('upgrades/v2');
    expect(await startsOf(run)).toEqual(['upgrades/v2']);
    expect(await proofOf(run, 'v2')).toBe('validator says height 5');
  });

  it('of a node that does not sign is proven by its consensus log, without starting the old binary', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await run.stage('v2');
    await haltAlone(run);
    await symlink('genesis', run.at('current'));
    await writeFile(join(run.home.path, 'data/priv_validator_state.json'), unsigned);
    const supervisor = run.start();
    await expectFinished(run, supervisor);
    expect(await startsOf(run)).toEqual(['upgrades/v2']);
    expect(await proofOf(run, 'v2')).toBe('wal says height 5');
  });

  it('that nothing on disk proves is proven by the old binary, which replays the height and ends', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await run.stage('v2');
    await haltAlone(run);
    await symlink('genesis', run.at('current'));
    await writeFile(join(run.home.path, 'data/priv_validator_state.json'), unsigned);
    await rm(join(run.home.path, 'data/cs.wal'), { recursive: true });
    const supervisor = run.start();
    await supervisor.saw(/"v2" at height 5, not proven to be reached: genesis runs until it is/u);
    await expectFinished(run, supervisor);
    expect(nodeLog(supervisor)).toMatch(/Replay last block using real app[^]*UPGRADE "v2" NEEDED at height: 5/u);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
    expect(await proofOf(run, 'v2')).toBe('the node wrote the file and ended by itself');
  });

  it('whose file a power loss has left empty goes on with the file that is on record', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await expectGivenUp(run, run.start(), 68, run.at('upgrades/v2/bin/minid'));
    await truncate(join(run.home.path, 'data/upgrade-info.json'));
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/WRN upgrade-info.json was put back as it was last good/u);
    await expectFinished(run, supervisor);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
  });

  it('is carried out where the node is killed the moment it has written the file', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await run.stage('v2');
    const supervisor = run.start();
    const pid = await nodePid(supervisor);
    await waitFor('the file', async () => (await run.home.upgradeInfo())?.endsWith('}'), { every: 1 });
    process.kill(pid, 'SIGKILL');
    await expectFinished(run, supervisor);
  });

  it('is carried out where the node is killed at the halt, before the supervisor has looked', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await run.stage('v2');
    const supervisor = run.start();
    const pid = await nodePid(supervisor);
    await run.home.waitForHeight(2);
    supervisor.kill('SIGSTOP');
    await run.home.waitForHalt(5);
    process.kill(pid, 'SIGKILL');
    await waitFor('the end of RPC', async () => (await run.home.status()) === undefined);
    supervisor.kill('SIGCONT');
    await expectFinished(run, supervisor);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
  });

  it('whose migration is under way when the supervisor is stopped is committed, and verified then or by the next start', async () => {
    const run = await realRun(suite, { plans: 'v2@5', migrationSleep: '2s' });
    await run.stage('v2');
    const first = run.start();
    await waitFor('the migration to begin', () => nodeLog(first).includes('applying upgrade "v2"'));
    await expectCleanStop(run, first);
    // A node that is told to stop amid the migration still commits its block, and may answer with it before it ends.
    expect(['switched', 'verified']).toContain((await stepsOf(run, 'v2')).at(-1));

    const second = run.start();
    await waitFor('the verification', async () => (await stepsOf(run, 'v2')).includes('verified'), { timeout: 60_000 });
    await waitFor('a block of its node', () => nodeLog(second).includes('executed block'), { timeout: 60_000 });
    await expectGoesOn(run, second);
    expect(nodeLog(second)).not.toContain('applying upgrade');
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2', 'upgrades/v2']);
  });

  it('whose migration fails passes the code of the new binary on, and goes on without a second switch', async () => {
    const run = await realRun(suite, { plans: 'v2@5', migrationFail: true });
    await run.stage('v2');
    const first = run.start();
    expect(await first.ended).toEqual({ code: 1, signal: null });
    expect(nodeLog(first) + first.log()).toMatch(/migration failed on request/u);
    expect(first.log()).toMatch(
      / ERR the new binary ended before it was seen to execute the block .* plan=v2 height=5/u,
    );
    expect(first.log()).not.toMatch(/ WRN /u);
    expect(first.log().trimEnd()).toMatch(/ ERR minid exited with code 1: this is the node's own end exit=1$/u);
    expect(await processesUnder(run.home.path)).toEqual([]);
    expect(await currentOf(run.home.path)).toBe('upgrades/v2');
    expect((await stepsOf(run, 'v2')).at(-1)).toBe('switched');

    await expectFinished(run, run.start({ TESTCHAIN_MIGRATION_FAIL: '' }));
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2', 'upgrades/v2']);
  });
});
