import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { waitFor } from '@chainvisor/testkit';
import { expect, it } from 'vitest';

import {
  expectCleanStop,
  expectEveryBlockOnce,
  expectUpgraded,
  proofOf,
  startsOf,
  stepsOf,
  wholeUpgrade,
} from '../src/real/checks.ts';
import { infoFile, nodeLog, realRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';
import { currentOf, journalOf, runProgram } from '../src/supervisor.ts';

describeRealNodes('a supervised node', (suite) => {
  it('is upgraded once, at the height, from a clean end of the old binary to the first block of the new one', async () => {
    const run = await realRun(suite, { plans: 'v2@8' });
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/u);
    await run.home.waitForHeight(9);
    await expectCleanStop(run, supervisor);
    await expectUpgraded(run, [{ name: 'v2', height: 8 }]);
    expectEveryBlockOnce(supervisor);
    expect(await stepsOf(run, 'v2')).toEqual(wholeUpgrade);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
    // The signal may come before the node has said why it halts.
    for (const before of [/NEEDED at height: 8/u, /caught signal/u]) {
      const closed = new RegExp(
        `${before.source}[^]*Closing application\\.db[^]*applying upgrade "v2" at height: 8`,
        'u',
      );
      expect(nodeLog(supervisor)).toMatch(closed);
    }
    expect(supervisor.log()).toMatch(/node stopped pid=\d+ how="exited with code 0"/u);
    expect(supervisor.log()).toMatch(/pre-upgrade: not implemented by the new binary/u);
    expect(supervisor.log()).not.toMatch(/ (?:WRN|ERR) /u);
  });

  it('is upgraded twice, three blocks apart', async () => {
    const run = await realRun(suite, { plans: 'v2@8,v3@11' });
    await run.stage('v2');
    await run.stage('v3');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified.*plan=v3/u);
    await run.home.waitForHeight(12);
    await expectCleanStop(run, supervisor);
    await expectUpgraded(run, [
      { name: 'v2', height: 8 },
      { name: 'v3', height: 11 },
    ]);
    expectEveryBlockOnce(supervisor);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2', 'upgrades/v3']);
    expect(supervisor.log()).not.toMatch(/ (?:WRN|ERR) /u);
  });

  it('with optimistic execution is upgraded after its last block is committed, and goes on', async () => {
    const run = await realRun(suite, { plans: 'v2@5,v3@8', optimistic: true });
    await run.stage('v2');
    await run.stage('v3');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified.*plan=v3/u);
    await run.home.waitForHeight(10);
    await expectCleanStop(run, supervisor);
    await expectUpgraded(run, [
      { name: 'v2', height: 5 },
      { name: 'v3', height: 8 },
    ]);
    const wrong = /BINARY UPDATED BEFORE TRIGGER|wrong app version|^panic/u;
    expect(
      nodeLog(supervisor)
        .split('\n')
        .filter((line) => wrong.test(line)),
    ).toEqual([]);
    expect(nodeLog(supervisor)).not.toMatch(/applying upgrade "v3"[^]*CONSENSUS FAILURE/u);
    expectEveryBlockOnce(supervisor);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2', 'upgrades/v3']);
  });

  it('runs on over a file that the operator puts there early, until the height', async () => {
    const run = await realRun(suite, { plans: 'v2@10' });
    await run.stage('v2');
    const supervisor = run.start();
    await run.home.waitForHeight(4);
    await writeFile(join(run.home.path, 'data/upgrade-info.json'), infoFile('v2', 10), { mode: 0o600 });
    await supervisor.saw(/"v2" at height 10, not proven to be reached: genesis runs until it is/u);
    await run.home.waitForHeight(7);
    expect(await currentOf(run.home.path)).toBe('genesis');
    expect(await stepsOf(run, 'v2')).toEqual([]);
    await supervisor.saw(/upgrade verified/u);
    await run.home.waitForHeight(11);
    await expectCleanStop(run, supervisor);
    await expectUpgraded(run, [{ name: 'v2', height: 10 }]);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
    expect(await proofOf(run, 'v2')).toMatch(/says height 10$/u);
  });

  it('is not started again where DAEMON_RESTART_AFTER_UPGRADE is false; the next start runs the new binary', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await run.stage('v2');
    const first = run.start({ DAEMON_RESTART_AFTER_UPGRADE: 'false' });
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect(await currentOf(run.home.path)).toBe('upgrades/v2');
    expect(await startsOf(run)).toEqual(['genesis']);
    expect(await run.home.status()).toBeUndefined();

    const second = run.start();
    await second.saw(/upgrade verified/u);
    await run.home.waitForHeight(6);
    await expectCleanStop(run, second);
    await expectUpgraded(run, [{ name: 'v2', height: 5 }]);
    expect(await startsOf(run)).toEqual(['genesis', 'upgrades/v2']);
  });

  it('is upgraded to a binary that lies where the seed document copies it, beside bin/', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await mkdir(run.at('upgrades/v2'));
    await cp(suite.binaries().v2, run.at('upgrades/v2/minid'));
    const supervisor = run.start();
    await supervisor.saw(/WRN a staged binary lies beside bin\/: it will be moved in/u);
    await supervisor.saw(/upgrade verified/u);
    await run.home.waitForHeight(6);
    await expectCleanStop(run, supervisor);
    await expectUpgraded(run, [{ name: 'v2', height: 5 }]);
    expect(supervisor.log()).toMatch(/the binary lay beside bin\/ and was moved in/u);
  });

  it('is waited for while its migration takes its time, without a word of being stuck', async () => {
    const run = await realRun(suite, { plans: 'v2@5', migrationSleep: '3s' });
    await run.stage('v2');
    const supervisor = run.start({ CHAINVISOR_STUCK_TIME: '1s' });
    await waitFor('the migration to begin', () => nodeLog(supervisor).includes('applying upgrade "v2"'));
    expect(await run.home.status()).toBeUndefined();
    expect(await currentOf(run.home.path)).toBe('upgrades/v2');
    expect(supervisor.log()).not.toMatch(/upgrade verified/u);
    const verified = await supervisor.saw(/upgrade verified/u);
    expect(Number(/after=(\d+)ms/u.exec(verified)?.[1])).toBeGreaterThanOrEqual(3000);
    await run.home.waitForHeight(6);
    await expectCleanStop(run, supervisor);
    await expectUpgraded(run, [{ name: 'v2', height: 5 }]);
    expect(supervisor.log()).not.toMatch(/ (?:WRN|ERR) /u);
  });

  it('answers `run version` and `run status` beside it, which leave no trace', async () => {
    const run = await realRun(suite, { plans: 'v2@5' });
    await run.stage('v2');
    const env = run.home.env();
    const supervisor = run.start();
    const version = async (): Promise<unknown> => {
      const { code, stdout, stderr } = await runProgram(['run', 'version'], env);
      return { code, said: (stdout + stderr).trim() };
    };
    await run.home.waitForHeight(1);
    expect(await version()).toEqual({ code: 0, said: 'v1.0.0' });
    await supervisor.saw(/upgrade verified/u);
    const before = await journalOf(run.home.path);
    expect(await version()).toEqual({ code: 0, said: 'v2.0.0' });
    const status = await runProgram(['run', 'status', ...run.home.args], env);
    expect({ code: status.code, stderr: status.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(status.stdout)).toMatchObject({ node_info: { id: run.home.nodeId } });
    expect(await journalOf(run.home.path)).toEqual(before);

    await expectCleanStop(run, supervisor);
    expect(await version()).toEqual({ code: 0, said: 'v2.0.0' });
    const down = await runProgram(['run', 'status', ...run.home.args], env);
    expect({ code: down.code, stdout: down.stdout }).toEqual({ code: 1, stdout: '' });
    await rm(run.at('current'));
    expect(await version()).toEqual({ code: 0, said: 'v1.0.0' });
  });
});
