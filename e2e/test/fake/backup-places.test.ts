import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { backupDisk } from '../../src/backup-disk.ts';
import {
  backupsFor,
  backupsIn,
  expectBackedUp,
  fillData,
  headerOf,
  linkedTables,
  unfinishedIn,
  withBackup,
} from '../../src/fake-backups.ts';
import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { mountSpace, mountSpaceRefused } from '../../src/mount-space.ts';
import { scheduleSoon } from '../../src/soon.ts';
import { through } from '../../src/through.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 4 });

const noMount = mountSpaceRefused();
const title = (text: string) => titled(text, noMount);

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 9 };

/** A home that is soon upgraded to each of these. */
async function prepared(t: TestContext, plans = [v2]): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { plans, blockTime: 40 } });
  for (const { name } of plans) await run.stage(name);
  return run;
}

/** Runs the home through its upgrades. Resolves to what was logged. */
async function upgrade(
  t: TestContext,
  run: FakeRun,
  env: Readonly<Record<string, string>>,
  plans = [v2],
  file?: string,
): Promise<string> {
  const last = plans.at(-1) ?? v2;
  const supervisor = run.start({ ...withBackup, ...env }, file);
  await supervisor.saw(new RegExp(`upgrade verified.* plan=${last.name}`));
  await run.reached(last.height + 1);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, plans);
  return supervisor.log();
}

describe.concurrent('DAEMON_DATA_BACKUP_DIR', () => {
  it('is where the backup goes, and the home gets none', async (t) => {
    const run = await prepared(t);
    await fillData(run, 5, 1000);
    const parent = join(run.home.dir, 'backups');
    await mkdir(parent);
    await upgrade(t, run, { DAEMON_DATA_BACKUP_DIR: parent });
    await expectBackedUp(t.expect, run, [v2], parent);
    t.expect(await backupsFor(run, v2, parent)).toHaveLength(1);
    t.expect(await backupsIn(run)).toEqual([]);
  });

  it.skipIf(noMount !== undefined).for(['auto', 'link', 'reflink'])(
    title('on another file system has copies, and says why: %s'),
    async (strategy, t) => {
      const run = await prepared(t);
      await fillData(run, 5, 1000);
      const disk = await backupDisk(t, run, '4m');
      const env = { ...disk.env, CHAINVISOR_BACKUP_STRATEGY: strategy };
      const log = await upgrade(t, run, env, [v2], disk.program);
      t.expect(log).toMatch(/backed up .* strategy=copy reason=".*the backup is on another file system than the data"/);
      await expectBackedUp(t.expect, run, [v2], disk.seen);
      const [backup = ''] = await backupsFor(run, v2, disk.seen);
      t.expect(await linkedTables(run, backup)).toBe(0);
      t.expect(await backupsIn(run)).toEqual([]);
    },
  );
});

describe.concurrent('CHAINVISOR_BACKUP_KEEP', () => {
  it('1 leaves the newest of ours, and all of cosmovisor’s', async (t) => {
    const run = await prepared(t, [v2, v3]);
    const theirs = ['data-backup-2020-1-1', 'data-backup-2020-1-1-2'];
    for (const name of theirs) await mkdir(join(run.home.home, name));
    const log = await upgrade(t, run, { CHAINVISOR_BACKUP_KEEP: '1' }, [v2, v3]);
    t.expect(await backupsFor(run, v2)).toEqual([]);
    await expectBackedUp(t.expect, run, [v3]);
    t.expect(await backupsIn(run)).toHaveLength(3);
    t.expect(await backupsIn(run)).toEqual(t.expect.arrayContaining(theirs));
    t.expect(log.match(/INF removed an old backup path=\S+ keep=1$/gm)).toHaveLength(1);
  });

  it('counts for each node alone where two share a directory', async (t) => {
    const parent = join((await prepared(t)).home.dir, 'backups');
    await mkdir(parent);
    const env = { DAEMON_DATA_BACKUP_DIR: parent, CHAINVISOR_BACKUP_KEEP: '1' };
    const plans = [v2, v3];
    const runs = await Promise.all([prepared(t, plans), prepared(t, plans)]);
    await Promise.all(runs.map((run) => upgrade(t, run, env, plans)));
    const backups = (await backupsIn(runs[0], parent)).map((name) => headerOf(join(parent, name)));
    t.expect(backups.map(({ data }) => data).toSorted()).toEqual(
      runs.map(({ home }) => join(home.home, 'data')).toSorted(),
    );
    t.expect(backups.map(({ about }) => about.plan)).toEqual([v3, v3]);
    t.expect(unfinishedIn(runs[0], parent)).toEqual([]);
  });

  it('never removes the one that was just made, whatever the clock said when the others were', async (t) => {
    const run = await prepared(t, [v2, v3]);
    const first = run.start({ ...withBackup, CHAINVISOR_BACKUP_KEEP: '1', DAEMON_RESTART_AFTER_UPGRADE: 'false' });
    t.expect((await first.ended).code).toBe(0);
    const [old = ''] = await backupsFor(run, v2);
    const manifest = join(old, '.chainvisor-backup/manifest.jsonl');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(/"madeAt":"\d{4}/, '"madeAt":"2099'));
    t.expect(await readFile(manifest, 'utf8')).not.toBe(text);
    await upgrade(t, run, { CHAINVISOR_BACKUP_KEEP: '1' }, [v2, v3]);
    await expectBackedUp(t.expect, run, [v3]);
    t.expect(await backupsFor(run, v3)).toHaveLength(1);
  });

  it.skipIf(noMount !== undefined)(
    title('is a warning where an old one cannot be removed, at this upgrade and at the next'),
    async (t) => {
      const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
      for (const name of ['v2', 'v3', 'v4']) await run.stage(name);
      const space = await mountSpace(t);
      const file = await through(run, { command: space.enter });
      const supervisor = run.start({ ...withBackup, CHAINVISOR_BACKUP_KEEP: '1' }, file);
      await supervisor.saw(/upgrade verified.* plan=v2/);
      const [old = ''] = await backupsFor(run, v2);
      const kept = join(old, 'application.db');
      await space.sh(`mount --bind '${kept}' '${kept}'; mount -o remount,ro,bind '${kept}'`);
      const plans = [v2];
      for (const name of ['v3', 'v4']) {
        const plan = await scheduleSoon(run, name);
        plans.push(plan);
        await supervisor.saw(new RegExp(`upgrade verified.* plan=${name}`));
        await run.reached(plan.height + 1);
        t.expect(await backupsFor(run, plan)).toHaveLength(1);
        t.expect(supervisor.log()).toMatch(/WRN old backups cannot be removed reason=".*E(?:ROFS|BUSY)/);
      }
      await expectCleanStop(t.expect, run, supervisor);
      await expectUpgraded(t.expect, run, plans);
      t.expect(await backupsFor(run, v2)).toEqual([]);
      t.expect(await readdir(run.home.home)).not.toContain(old);
    },
  );
});
