import { killTimes, killUnder, waitFor } from '@chainvisor/testkit';
import { randomInt } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext, vi } from 'vitest';

import { backupsFor, backupsIn, expectBackedUp, fillData, unfinishedIn, withBackup } from '../../src/fake-backups.ts';
import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { expectOurEnd } from '../../src/fake-phases.ts';
import { namespaces, refusedHere } from '../../src/elsewhere.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { afterKill, fates, watchRun, whileRunning, workedUnder } from '../../src/kill.ts';
import { expectSameEnd, verifiedOnRecord } from '../../src/kill-checks.ts';
import { currentOf, faultsProgram, type Supervisor } from '../../src/supervisor.ts';
import { through } from '../../src/through.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 9 };

/** A home that is soon upgraded, with data of so many files, half of which are copied. */
async function prepared(t: TestContext, files: number): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
  await run.stage('v2');
  await fillData(run, files, 10_000);
  return run;
}

/** The next start upgrades, with one backup, and the old binary is not started again. */
async function expectFinished(
  t: TestContext,
  run: FakeRun,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const supervisor = run.start({ ...withBackup, ...env });
  await workedUnder(run, supervisor, 'v2', v2.height);
  await verifiedOnRecord(run, v2);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, [v2]);
  t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
  t.expect(unfinishedIn(run)).toEqual([]);
  return supervisor.log();
}

/** Resolves once a backup is being made. */
async function underWay(run: FakeRun, supervisor: Supervisor): Promise<void> {
  const begun = waitFor('a backup that is being made', () => unfinishedIn(run).length > 0, {
    timeout: 90_000,
    every: 1,
  });
  await whileRunning(supervisor, begun);
}

describe.concurrent('a supervisor that is killed during a backup', () => {
  const cut = ['backup-copying', 'backup-syncing'].flatMap((point) => fates.map((fate) => ({ point, fate })));

  it.for(cut)('has it made anew, at $point, the rest $fate', async ({ point, fate }, t) => {
    const run = await prepared(t, 20);
    const first = run.start({ ...withBackup, FAULT_POINT: `${point}:kill` }, faultsProgram);
    await afterKill(run, first, fate);
    t.expect(unfinishedIn(run)).toHaveLength(1);
    t.expect(await backupsIn(run)).toEqual([]);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    const log = await expectFinished(t, run);
    t.expect(log).toMatch(/INF backed up /);
    t.expect(await backupsFor(run, v2)).toHaveLength(1);
    await expectBackedUp(t.expect, run, [v2]);
  });

  it.for(['backup-made', 'backed-up', 'switched'])(
    'has it once, at %s of a second upgrade, and no more than are kept',
    async (point, t) => {
      const run = await fakeRun(t, { chain: { plans: [v2, v3], blockTime: 40 } });
      for (const { name } of [v2, v3]) await run.stage(name);
      await fillData(run, 5, 10_000);
      const env = { ...withBackup, CHAINVISOR_BACKUP_KEEP: '1' };
      const first = run.start({ ...env, FAULT_POINT: `${point}#2:kill` }, faultsProgram);
      await afterKill(run, first, 'killed too');
      const [backup = ''] = await backupsFor(run, v3);
      const before = await stat(backup);
      const second = run.start(env);
      await workedUnder(run, second, 'v3', v3.height);
      await verifiedOnRecord(run, v3);
      await expectCleanStop(t.expect, run, second);
      await expectUpgraded(t.expect, run, [v2, v3]);
      t.expect(await backupsIn(run)).toEqual([basename(backup)]);
      const { ino, mtimeMs } = await stat(backup);
      t.expect({ ino, mtimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs });
      await expectBackedUp(t.expect, run, [v3]);
      t.expect(second.log()).not.toMatch(/backing up/);
      if (point !== 'switched')
        t.expect(second.log()).toContain(`a backup for this upgrade is there already path=${backup}`);
    },
  );

  it('leaves nothing that takes room where the operator then does without', async (t) => {
    const run = await prepared(t, 20);
    const first = run.start({ ...withBackup, FAULT_POINT: 'backup-syncing:kill' }, faultsProgram);
    await afterKill(run, first, 'killed too');
    t.expect(unfinishedIn(run)).toHaveLength(1);
    await expectFinished(t, run, { UNSAFE_SKIP_BACKUP: 'true' });
    t.expect(await backupsIn(run)).toEqual([]);
  });

  it('nor where he then names another directory', async (t) => {
    const run = await prepared(t, 20);
    const parent = join(run.home.dir, 'backups');
    await mkdir(parent);
    const first = run.start({ ...withBackup, FAULT_POINT: 'backup-syncing:kill' }, faultsProgram);
    await afterKill(run, first, 'killed too');
    await expectFinished(t, run, { DAEMON_DATA_BACKUP_DIR: parent });
    await expectBackedUp(t.expect, run, [v2], parent);
    t.expect(await backupsIn(run)).toEqual([]);
  });

  const [ofRoot] = namespaces;
  const refused = ofRoot === undefined ? ' (skipped)' : refusedHere(ofRoot);
  it.skipIf(refused !== '')(`with its container, whose processes nobody can look up any more${refused}`, async (t) => {
    const run = await prepared(t, 20);
    const file = await through(run, { command: ofRoot?.command ?? [], file: faultsProgram });
    const first = run.start({ ...withBackup, FAULT_POINT: 'backup-syncing:hang' }, file);
    // Only from outside: no signal ends the first process of a namespace from within.
    await underWay(run, first);
    first.kill('SIGKILL');
    await killUnder(run.home.dir);
    t.expect(unfinishedIn(run)).toHaveLength(1);
    await expectFinished(t, run);
    await expectBackedUp(t.expect, run, [v2]);
  });
});

describe.concurrent('an end that is asked for during a backup', () => {
  it.for(['backing-up', 'backup-copying', 'backup-syncing'])(
    'is ours at once, nothing half-done is left, and the next start goes on: at %s',
    async (point, t) => {
      const run = await prepared(t, 100);
      const first = run.start({ ...withBackup, FAULT_POINT: `${point}:signal:SIGTERM` }, faultsProgram);
      await expectOurEnd(t, run, first, 'SIGTERM', ['SIGTERM']);
      t.expect(first.log()).not.toMatch(/^Error:|backed up/m);
      t.expect(await backupsIn(run)).toEqual([]);
      t.expect(unfinishedIn(run)).toEqual([]);
      t.expect(await currentOf(run.home.home)).toBe('genesis');
      await expectFinished(t, run);
      await expectBackedUp(t.expect, run, [v2]);
    },
  );

  it('does not wait for its end', async (t) => {
    const run = await prepared(t, 600);
    const first = run.start(withBackup);
    await underWay(run, first);
    first.kill('SIGTERM');
    await expectOurEnd(t, run, first, 'SIGTERM', ['SIGTERM']);
    t.expect(first.log()).not.toMatch(/^Error:|backed up/m);
    t.expect(unfinishedIn(run)).toEqual([]);
    await expectFinished(t, run);
    await expectBackedUp(t.expect, run, [v2]);
  });
});

const seed = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));
const kills = 4;
/** Milliseconds from its begin on, in which a backup of the data below is at work. */
const within = 300;
const plans = Array.from({ length: kills }, (_, index) => ({ name: `v${index + 2}`, height: 5 * (index + 1) }));

describe.concurrent(`${kills} upgrades, at each the backup is cut off at a random time (KILL_SEED=${seed})`, () => {
  it.for(fates)('by the death of the supervisor, the rest %s', async (fate, t) => {
    const run = await fakeRun(t, { chain: { plans, blockTime: 30 } });
    for (const { name } of plans) await run.stage(name);
    await fillData(run, 300, 10_000);
    const watch = await watchRun(t, run);
    const env = { ...withBackup, CHAINVISOR_BACKUP_KEEP: '0' };
    let cut = 0;
    let supervisor = run.start(env);
    for (const time of killTimes({ count: kills, seed: seed + fate.length, within })) {
      await underWay(run, supervisor);
      await sleep(time);
      supervisor.kill('SIGKILL');
      await afterKill(run, supervisor, fate);
      cut += unfinishedIn(run).length;
      supervisor = run.start(env);
      // What was cut off is gone before anything else is begun.
      const known = unfinishedIn(run);
      await whileRunning(
        supervisor,
        waitFor('the removal', () => !unfinishedIn(run).some((name) => known.includes(name)), { timeout: 90_000 }),
      );
    }
    await workedUnder(run, supervisor, plans.at(-1)?.name ?? '', plans.at(-1)?.height ?? 0);
    await verifiedOnRecord(run, plans.at(-1) ?? v2);
    await expectCleanStop(t.expect, run, supervisor);
    await expectSameEnd(t.expect, run, plans, { watch, nodeKills: fate === 'killed too' ? kills : 0 });
    await expectBackedUp(t.expect, run, plans);
    t.expect(await backupsIn(run)).toHaveLength(kills);
    // No test of a kill during a backup where all were over.
    t.expect(cut).toBeGreaterThan(0);
  });
});
