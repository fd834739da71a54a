import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { restoreBackup, verifyBackup } from '@chainvisor/backup';
import { waitFor } from '@chainvisor/testkit';
import { expect, it } from 'vitest';

import { contentsOf, expectHaltsAgain, expectUpgradesAgain, putData, sharedWith } from '../src/real/backups.ts';
import { startBareNode } from '../src/real/bare-node.ts';
import { expectUpgraded, stepsOf } from '../src/real/checks.ts';
import { follow } from '../src/real/follower.ts';
import type { Database } from '../src/real/home.ts';
import { realRun, type RealRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';

const height = 30;
const chain = { plans: `v2@${height}`, blockTime: '1ms' };
const settings = { UNSAFE_SKIP_BACKUP: 'false', CHAINVISOR_BACKUP_STRATEGY: 'link' };

/** Lets the supervised node run until this height; then the supervisor stops it. */
async function stopAt(run: RealRun, until: number): Promise<void> {
  const supervisor = run.start(settings);
  await run.home.waitForHeight(until);
  expect(await supervisor.stop()).toEqual({ code: 0, signal: null });
}

/** The same, and not before the upgrade is on record as verified: a life of a few quick blocks may be over between two looks at the height. */
async function stopVerifiedAt(run: RealRun, until: number): Promise<void> {
  const supervisor = run.start(settings);
  await run.home.waitForHeight(until);
  await waitFor('the record of the verification', async () => (await stepsOf(run, 'v2')).includes('verified'));
  expect(await supervisor.stop()).toEqual({ code: 0, signal: null });
}

/** Lets the supervised node run until this height, and kills it under its supervisor. */
async function killAt(run: RealRun, until: number): Promise<void> {
  const supervisor = run.start(settings);
  const pid = /pid=(\d+)/u.exec(await supervisor.saw(/node started/u))?.[1];
  await run.home.waitForHeight(until);
  process.kill(Number(pid), 'SIGKILL');
  expect(await supervisor.ended).toEqual({ code: 137, signal: null });
}

/** Of pebble, tables are linked that are two seconds older than the MANIFEST, which each start makes anew. */
async function untilTablesAreOld(data: string): Promise<void> {
  const names = (await readdir(data, { recursive: true })).filter((name) => /\.(?:ldb|sst)$/u.test(name));
  const times = await Promise.all(names.map(async (name) => (await stat(join(data, name))).mtimeMs));
  await waitFor('tables that are old enough', () => Date.now() - Math.max(...times) > 2500);
}

/** Lets the chain halt, the node be backed up and switched to v2, and not be started again. Resolves to the backup, and how many of its files are links. */
async function upgradeOnly(run: RealRun): Promise<{ readonly backup: string; readonly linked: number }> {
  await run.stage('v2');
  const supervisor = run.start({ ...settings, DAEMON_RESTART_AFTER_UPGRADE: 'false' });
  expect(await supervisor.ended).toEqual({ code: 0, signal: null });
  expect(supervisor.log()).toMatch(
    / INF node stopped [^]* INF backed up [^]* INF switched from=genesis to=upgrades\/v2/u,
  );
  const line = await supervisor.saw(/ INF backed up /u);
  const [, backup = '', linked] =
    /path=(\S+) strategy=link .*?(?: linked="(\d+) files?, .*)? copied=/u.exec(line) ?? [];
  return { backup, linked: Number(linked ?? 0) };
}

describeRealNodes('a backup by hard links', (suite) => {
  // The source of both lines opens pebble alike: one of them is enough.
  const databases: readonly (readonly [Database, number])[] = [
    ['goleveldb', 200],
    ...(suite.line === '0.53' ? ([['pebbledb', 60]] as const) : []),
  ];

  it.each(databases)(
    'of a node with %s stays as it is while the upgraded one goes on for %i blocks, and nodes start from it',
    // Thirteen starts of a node, one after the other.
    { timeout: 240_000 },
    async (database, blocks) => {
      const run = await realRun(suite, { ...chain, database });
      const data = join(run.home.path, 'data');
      // Each start makes tables of what the last node had in its journals only.
      await stopAt(run, 7);
      await killAt(run, 14);
      await stopAt(run, 21);
      await untilTablesAreOld(data);
      const { backup, linked } = await upgradeOnly(run);
      const before = await contentsOf(backup);
      expect(linked).toBeGreaterThan(0);
      expect(await sharedWith(data, before)).toHaveLength(linked);
      expect(await verifyBackup(backup)).toMatchObject({ ok: true, recorded: before.size, compared: 0 });
      const expectAsItWas = async (): Promise<void> => {
        expect(await contentsOf(backup)).toEqual(before);
        expect(await verifyBackup(backup)).toMatchObject({ ok: true, recorded: 0, compared: before.size });
      };

      await stopAt(run, height + blocks / 4);
      await killAt(run, height + blocks / 2);
      await stopAt(run, height + (blocks * 3) / 4);
      await stopVerifiedAt(run, height + blocks);
      await expectUpgraded(run, [{ name: 'v2', height }]);
      // Compaction has replaced tables meanwhile that only the backup has still.
      expect((await sharedWith(data, before)).length).toBeLessThan(linked);
      await expectAsItWas();

      const copied = await suite.home({ ...chain, database });
      await putData(copied, backup);
      await expectUpgradesAgain(copied, suite.binaries(), height);

      const restored = await suite.home({ ...chain, database });
      const options = { backup, data: join(restored.path, 'data'), aside: 'data-before', strategy: 'link' } as const;
      const { strategy, state, linked: again } = await restoreBackup(options);
      expect({ strategy, files: again.files }).toEqual({ strategy: 'link', files: linked });
      expect(state).toMatchObject({ from: 'backup', state: { height: BigInt(height), step: 3 } });
      await expectUpgradesAgain(restored, suite.binaries(), height);
      await expectAsItWas();
    },
  );

  it('restored over later data leaves the validator what it has signed: it signs again once its peers have brought it past that', async () => {
    const run = await realRun(suite, chain);
    const { home } = run;
    const data = join(home.path, 'data');
    const { backup } = await upgradeOnly(run);
    await stopAt(run, height + 5);
    const stateFile = join(data, 'priv_validator_state.json');
    const signed = await readFile(stateFile, 'utf8');
    const last = Number((JSON.parse(signed) as { height: string }).height);

    const { state, aside } = await restoreBackup({ backup, data, aside: 'data-before', strategy: 'auto' });
    expect(state).toMatchObject({ from: 'live', state: { height: BigInt(last) } });
    expect(await readFile(stateFile, 'utf8')).toBe(signed);
    await expectHaltsAgain(home, suite.binaries(), height);

    // The block of the height is replayed, which needs no signature. The next one does, and nobody else can make it.
    const node = await startBareNode(home, suite.binaries().v2);
    await home.waitForHeight(height);
    const refusal = `height regression. Got ${height + 1}, last height ${last}`;
    await waitFor('the node to refuse its signature', async () => (await node.log()).includes(refusal));
    expect(await home.status()).toMatchObject({ height });
    expect(await readFile(stateFile, 'utf8')).toBe(signed);

    const peer = await suite.home(chain);
    await putData(peer, aside ?? '');
    await follow(peer, home);
    const full = await startBareNode(peer, suite.binaries().v2);
    await home.waitForHeight(last + 3);
    expect(await full.stop()).toEqual({ code: 0, signal: null });
    expect(await node.stop()).toEqual({ code: 0, signal: null });
    expect(await node.log()).not.toMatch(/conflicting vote/iu);
    expect(await full.log()).not.toMatch(/conflicting vote/iu);
  });
});
