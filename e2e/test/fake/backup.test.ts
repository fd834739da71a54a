import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import {
  backupNamed,
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

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 9 };

/** A home that is soon upgraded to v2, or to both. */
async function prepared(t: TestContext, plans = [v2]): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { plans, blockTime: 40 } });
  for (const { name } of plans) await run.stage(name);
  return run;
}

/** Runs the home through the upgrades, and checks that all is well but for the backups. Resolves to what was logged. */
async function upgrade(
  t: TestContext,
  run: FakeRun,
  env: Readonly<Record<string, string>> = {},
  plans = [v2],
): Promise<string> {
  const last = plans.at(-1) ?? v2;
  const supervisor = run.start({ ...withBackup, ...env });
  await supervisor.saw(new RegExp(`upgrade verified.* plan=${last.name}`));
  await run.reached(last.height + 1);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, plans);
  return supervisor.log();
}

/** cosmovisor's names of today, and of tomorrow for a test that goes on past midnight. */
function namesOfToday(): string[] {
  return [0, 1].map((days) => {
    const now = new Date();
    const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
    return `data-backup-${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
  });
}

describe.concurrent('a backup before the switch', () => {
  it('is made of the stopped node, named as cosmovisor names it, and the upgrade goes on', async (t) => {
    const run = await prepared(t);
    await fillData(run, 10, 1000);
    const log = await upgrade(t, run);
    await expectBackedUp(t.expect, run, [v2]);
    const [name = '', ...more] = await backupsIn(run);
    t.expect(more).toEqual([]);
    t.expect(namesOfToday()).toContain(name);
    t.expect(log).toMatch(/INF backed up path=\S+ strategy=(?:link|reflink|copy) reason=/);
    t.expect(headerOf(join(run.home.home, name))).toMatchObject({
      data: join(run.home.home, 'data'),
      about: { plan: v2, target: 'genesis' },
    });
    const order = ['upgrade detected', 'node stopped', 'backing up', 'backed up', 'switched', 'upgrade verified'];
    t.expect(order.toSorted((a, b) => log.indexOf(` INF ${a}`) - log.indexOf(` INF ${b}`))).toEqual(order);
  });

  it.for([
    { how: 'leaves when asked', chain: { shutdown: 500 }, env: {} },
    { how: 'must be killed', chain: { ignoreSigterm: true }, env: { DAEMON_SHUTDOWN_GRACE: '500ms' } },
  ])('copies nothing before the old node is dead, which $how', async ({ chain, env }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40, ...chain } });
    await run.stage('v2');
    const log = run.start({ ...withBackup, ...env });
    await log.saw(/backed up/);
    const [, stopped = ''] = /^(\S+) INF node stopped pid=/m.exec(log.log()) ?? [];
    const [backup = ''] = await backupsFor(run, v2);
    const copies = await readdir(backup, { recursive: true });
    const born = await Promise.all(['.', ...copies].map(async (name) => (await stat(join(backup, name))).birthtimeMs));
    // The file system's clock lags behind by a tick.
    t.expect(Math.min(...born)).toBeGreaterThan(Date.parse(stopped) - 50);
    t.expect(copies.length).toBeGreaterThan(10);
    log.kill('SIGKILL');
  });

  it('is put beside what has its name, of cosmovisor or of ours, and never into it', async (t) => {
    const run = await prepared(t, [v2, v3]);
    // Another file than cosmovisor's own, an empty directory and a link would be as easily lost.
    for (const name of namesOfToday()) {
      await mkdir(join(run.home.home, name));
      await writeFile(join(run.home.home, name, 'cosmovisor.txt'), name);
      await mkdir(join(run.home.home, `${name}-2`));
      await symlink('nowhere', join(run.home.home, `${name}-4`));
    }
    const before = await backupsIn(run);
    await upgrade(t, run, { CHAINVISOR_BACKUP_KEEP: '0' }, [v2, v3]);
    await expectBackedUp(t.expect, run, [v2, v3]);
    const [first = ''] = await backupsFor(run, v2);
    const [second = ''] = await backupsFor(run, v3);
    t.expect(first).toMatch(/\d-3$/);
    // Past midnight it begins anew.
    t.expect(second).toMatch(/\d-[35]$/);
    t.expect(second).not.toBe(first);
    t.expect((await backupsIn(run)).filter((name) => !before.includes(name))).toHaveLength(2);
    for (const name of namesOfToday()) {
      t.expect(await readdir(join(run.home.home, name))).toEqual(['cosmovisor.txt']);
      t.expect(await readdir(join(run.home.home, `${name}-2`))).toEqual([]);
    }
  });

  it('is made again where that of an earlier try has lost a file', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2', { preUpgrade: [30, 0] });
    t.expect(await run.start(withBackup).ended).toEqual({ code: 72, signal: null });
    const [first = ''] = await backupsFor(run, v2);
    await rm(join(first, 'priv_validator_state.json'));
    const again = run.start(withBackup);
    await again.saw(/upgrade verified/);
    await expectCleanStop(t.expect, run, again);
    t.expect(again.log()).toContain('WRN the backup for this upgrade cannot be used, another one is made');
    t.expect(again.log()).not.toContain('is there already');
    const [, second = ''] = await backupsFor(run, v2);
    t.expect(existsSync(join(second, 'priv_validator_state.json'))).toBe(true);
  });

  it('is none with UNSAFE_SKIP_BACKUP=true', async (t) => {
    const run = await prepared(t);
    const log = await upgrade(t, run, { UNSAFE_SKIP_BACKUP: 'true' });
    t.expect(await backupsIn(run)).toEqual([]);
    t.expect(unfinishedIn(run)).toEqual([]);
    t.expect(log).not.toMatch(/backing up|backed up/);
  });

  it('is of what `data` leads to, where that is a link, which stays one', async (t) => {
    const run = await prepared(t);
    await fillData(run, 5, 1000);
    const data = join(run.home.home, 'data');
    await rename(data, join(run.home.dir, 'disk'));
    await symlink('../disk', data);
    await upgrade(t, run);
    await expectBackedUp(t.expect, run, [v2]);
    t.expect(headerOf((await backupsFor(run, v2))[0] ?? '').data).toBe(join(run.home.dir, 'disk'));
    t.expect((await readdir(run.home.dir)).filter((name) => backupNamed.test(name))).toEqual([]);
  });

  it.for([
    { named: 'wasm alone where none are named', env: {}, held: ['wasm'] },
    {
      named: 'those that are named and there',
      env: { CHAINVISOR_BACKUP_OUTSIDE: 'ibc_08-wasm,none,wasm' },
      held: ['ibc_08-wasm', 'wasm'],
    },
  ])('holds of the directories besides data $named', async ({ env, held }, t) => {
    const run = await prepared(t);
    for (const name of ['wasm', 'ibc_08-wasm', 'other']) {
      await mkdir(join(run.home.home, name, 'state'), { recursive: true });
      await writeFile(join(run.home.home, name, 'state/blob'), `the blob of ${name}`);
    }
    await upgrade(t, run, env);
    await expectBackedUp(t.expect, run, [v2]);
    const [backup = ''] = await backupsFor(run, v2);
    const outside = join(backup, '.chainvisor-backup/outside');
    t.expect((await readdir(outside)).toSorted()).toEqual(held);
    for (const name of held)
      t.expect(await readFile(join(outside, name, 'state/blob'), 'utf8')).toBe(`the blob of ${name}`);
  });
});

describe.concurrent('a strategy of backups', () => {
  it.for([
    { asked: 'auto', gets: /^(?:link|reflink)$/ },
    { asked: 'link', gets: /^link$/ },
    { asked: 'copy', gets: /^copy$/ },
    { asked: 'reflink', gets: /^(?:reflink|copy)$/ },
  ])('$asked is what it says, with a reason', async ({ asked, gets }, t) => {
    const run = await prepared(t);
    await fillData(run, 5, 1000);
    const log = await upgrade(t, run, { CHAINVISOR_BACKUP_STRATEGY: asked });
    await expectBackedUp(t.expect, run, [v2]);
    const [backup = ''] = await backupsFor(run, v2);
    const { strategy, reason } = headerOf(backup);
    t.expect(strategy).toMatch(gets);
    t.expect(reason.length).toBeGreaterThan(5);
    t.expect(log).toContain(` strategy=${strategy} reason=${/\s/.test(reason) ? JSON.stringify(reason) : reason} `);
    const linked = / linked="(\d+) files, [\d.]+ kB" /.exec(log)?.[1];
    t.expect(linked).toBe(strategy === 'link' ? '5' : undefined);
    t.expect(await linkedTables(run, backup)).toBe(strategy === 'link' ? 5 : 0);
  });
});
