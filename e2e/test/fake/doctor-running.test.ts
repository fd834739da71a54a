import { copyFile, chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processesUnder } from '@chainvisor/testkit';
import { describe, it, type TestContext, vi } from 'vitest';

import { diagnose, type Patient, patient, patientRefused } from '../../src/doctor.ts';
import { hang, hangRefused } from '../../src/doctor-hang.ts';
import { expectCleanStop } from '../../src/fake-checks.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { mountSpace, mountSpaceRefused } from '../../src/mount-space.ts';
import { asNobody, nobody, nobodyRefused } from '../../src/other-user.ts';
import { startStranger } from '../../src/stranger.ts';
import type { Supervisor } from '../../src/supervisor.ts';
import { through } from '../../src/through.ts';
import { titled } from '../../src/titled.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 2 });

const refused = patientRefused();
const isRoot = process.getuid?.() === 0;

/** The unit gives no more than home and name. */
const plain = {
  DAEMON_LOG_BUFFER_SIZE: '',
  DAEMON_ALLOW_DOWNLOAD_BINARIES: '',
  DAEMON_RESTART_AFTER_UPGRADE: '',
  UNSAFE_SKIP_BACKUP: '',
};

/** Starts the supervisor as the unit's user. */
async function started({ run }: Patient, env: Readonly<Record<string, string>> = {}): Promise<Supervisor> {
  return run.start({ ...plain, ...env }, isRoot ? await asNobody(run) : undefined);
}

/** What these tests' own limit of open files is too low for: the node inherits it. */
async function ownLimit(): Promise<readonly string[]> {
  const hard = /^Max open files +\S+ +(\S+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1] ?? '';
  return Number(hard) < 65_535 ? [`warning limits: the running node may open only ${hard} files`] : [];
}

/** A process that is called cosmovisor, on this home. */
async function fakeCosmovisor(t: TestContext, { run }: Patient): Promise<void> {
  const file = join(run.home.dir, 'cosmovisor');
  await copyFile('/bin/sleep', file);
  await chmod(file, 0o755);
  startStranger(t, [file, '600'], { env: { DAEMON_HOME: run.home.home }, cwd: '/' });
}

describe.concurrent('beside a running node, the doctor', () => {
  it.skipIf(refused !== undefined)(
    titled('finds nothing wrong, and changes nothing of the home', refused),
    async (t) => {
      const all = await patient(t, { chain: { plans: [{ name: 'v2', height: 1_000_000 }], scheduleLead: 'start' } });
      const supervisor = await started(all);
      await all.run.reached(5);
      const before = await treeOf(join(all.run.home.home, 'cosmovisor'));
      const { troubles, checks, code } = await all.diagnose();
      t.expect(troubles).toEqual(await ownLimit());
      t.expect(code).toBe(0);
      const said = checks.map(({ what }) => what).join('\n');
      t.expect(said).toMatch(/our node answers at tcp:.*, at height \d+/);
      t.expect(said).toMatch(
        /READY for the upgrade "v2" at height 1000000, in \d+ blocks, about .*, as the chain says/,
      );
      t.expect(said).toMatch(/it is safe to update chainvisor now/);
      t.expect(said).toMatch(new RegExp(`the supervisor that runs as process ${supervisor.pid} has these settings`));
      t.expect(said).toMatch(/the time of the newest block is that of this machine/);
      t.expect(await treeOf(join(all.run.home.home, 'cosmovisor'))).toEqual(before);
      await expectCleanStop(t.expect, all.run, supervisor);
    },
  );

  it.skipIf(refused !== undefined)(
    titled('tells of an upgrade that is not staged, and of one that is near', refused),
    async (t) => {
      const plans = [{ name: 'v9', height: 5000 }];
      const all = await patient(t, { chain: { plans, scheduleLead: 'start' } });
      const supervisor = await started(all);
      await all.run.reached(5);
      const { troubles, code } = await all.diagnose();
      t.expect(troubles).toEqual([
        t.expect.stringMatching(
          /^error binaries: NOT READY for the upgrade "v9" at height 5000, in \d+ blocks/,
        ) as unknown,
        ...(await ownLimit()),
        t.expect.stringMatching(
          /^warning update: wait with an update of chainvisor: the upgrade "v9" at height 5000 is due in/,
        ) as unknown,
      ]);
      t.expect(code).toBe(78);
      await expectCleanStop(t.expect, all.run, supervisor);
    },
  );

  it.skipIf(refused !== undefined)(
    titled('tells of an RPC that never answers, in less than a minute', refused),
    async (t) => {
      const all = await patient(t, { chain: { rpc: 'silent' } });
      const supervisor = await started(all);
      await all.run.reached(5);
      const begun = Date.now();
      const { troubles, code } = await all.diagnose();
      t.expect(Date.now() - begun).toBeLessThan(60_000);
      t.expect(troubles).toEqual([
        t.expect.stringMatching(/^warning ports: the node runs, and its RPC does not answer at/) as unknown,
        ...(await ownLimit()),
      ]);
      t.expect(code).toBe(0);
      await expectCleanStop(t.expect, all.run, supervisor);
    },
  );

  it.skipIf(refused !== undefined)(titled('tells of another node that answers on its port', refused), async (t) => {
    const all = await patient(t, { chain: { rpc: 'foreign' } });
    const supervisor = await started(all);
    await all.run.reached(5);
    const { troubles } = await all.diagnose();
    t.expect(troubles).toEqual([
      t.expect.stringMatching(/^error ports: another node answers at .*, where the RPC of this one should$/) as unknown,
      ...(await ownLimit()),
    ]);
    await expectCleanStop(t.expect, all.run, supervisor);
  });

  it.skipIf(refused !== undefined)(
    titled('tells of settings that the running supervisor does not have', refused),
    async (t) => {
      const all = await patient(t);
      const supervisor = await started(all, { DAEMON_RESTART_DELAY: '1s' });
      await all.run.reached(5);
      const { troubles, checks } = await all.diagnose();
      const what = `the supervisor that runs as process ${supervisor.pid} has other settings`;
      t.expect(troubles).toEqual([`warning environment: ${what}`, ...(await ownLimit())]);
      t.expect(checks.find((check) => check.what === what)?.why).toBe(
        'DAEMON_RESTART_DELAY: it has "1s", the next has none',
      );
      await expectCleanStop(t.expect, all.run, supervisor);
    },
  );

  it('without a unit, only notes that the running supervisor has other settings', async (t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    const supervisor = run.start({ ...plain, DAEMON_RESTART_DELAY: '1s' });
    await run.reached(5);
    const { troubles, checks } = await diagnose([], run.home.env(plain));
    t.expect(troubles).toEqual(await ownLimit());
    t.expect(checks).toContainEqual(
      t.expect.objectContaining({
        level: 'note',
        what: `the supervisor that runs as process ${supervisor.pid} has other settings than this invocation`,
        why: 'DAEMON_RESTART_DELAY',
      }),
    );
    await expectCleanStop(t.expect, run, supervisor);
  });

  it.skipIf(refused !== undefined)(titled('tells of a node that nobody supervises', refused), async (t) => {
    const all = await patient(t);
    const { home } = all.run;
    const as = isRoot ? nobody : {};
    startStranger(t, [home.genesisBinary, 'start', '--home', home.home], {
      env: { HOME: home.dir },
      cwd: home.dir,
      ...as,
    });
    await all.run.reached(5);
    const { troubles, code } = await all.diagnose();
    t.expect(troubles).toEqual([
      t.expect.stringMatching(
        /^error validator: process \d+ has the databases of this home open, and no chainvisor has started it$/,
      ) as unknown,
      ...(await ownLimit()),
    ]);
    t.expect(code).toBe(78);
  });

  it.skipIf(refused !== undefined)(
    titled('tells of a node elsewhere that signs with the same key', refused),
    async (t) => {
      const all = await patient(t);
      const twin = await fakeRun(t, { profile: '0.50', chain: {} });
      const key = 'config/priv_validator_key.json';
      await copyFile(join(all.run.home.home, key), join(twin.home.home, key));
      const supervisor = twin.start(plain);
      await twin.reached(5);
      const { troubles, code } = await all.diagnose();
      t.expect(troubles).toEqual([
        t.expect.stringMatching(
          new RegExp(`^error validator: process \\d+ runs on ${twin.home.home} with this validator's key$`),
        ) as unknown,
      ]);
      t.expect(code).toBe(78);
      await expectCleanStop(t.expect, twin, supervisor);
    },
  );

  const needsSpace = refused ?? mountSpaceRefused();

  it.skipIf(needsSpace !== undefined)(
    titled('does not take its own node for a twin, which in its container has another path', needsSpace),
    async (t) => {
      const all = await patient(t);
      const { home } = all.run;
      // Left behind where the home is in the container: what was moved, its key and all.
      const inside = join(home.dir, 'inside');
      await cp(home.home, inside, { recursive: true });
      const space = await mountSpace(t);
      await space.sh(`mount --bind '${home.home}' '${inside}'`);
      startStranger(t, [...space.enter, home.genesisBinary, 'start', '--home', inside], {
        env: { HOME: home.dir },
        cwd: '/',
      });
      await all.run.reached(5);
      const { troubles } = await all.diagnose();
      t.expect(troubles.filter((text) => text.includes(' validator: '))).toEqual([
        t.expect.stringMatching(/^error validator: process \d+ has the databases of this home open, and no/) as unknown,
      ]);
    },
  );

  it.skipIf(refused !== undefined)(titled('tells of a cosmovisor on the same home', refused), async (t) => {
    const all = await patient(t);
    await fakeCosmovisor(t, all);
    const { troubles } = await all.diagnose();
    t.expect(troubles).toEqual([
      t.expect.stringMatching(/^error leftovers: cosmovisor runs as process \d+$/) as unknown,
    ]);
  });
});

describe.concurrent('as another user, the doctor', () => {
  const other = nobodyRefused();
  const asOther = ['setpriv', `--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups'];

  it.skipIf(other !== undefined)(titled('says that it may not look into a home', other), async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const file = await through(run, { command: asOther });
    const { troubles, code } = await diagnose([], run.home.env(plain), file);
    t.expect(troubles).toEqual([
      'warning layout: the home cannot be looked into: most of this doctor has nothing to say',
    ]);
    t.expect(code).toBe(0);
  });

  it.skipIf(other !== undefined)(
    titled('says what it may not read of a home that is open to it, and tells the rest', other),
    async (t) => {
      const run = await fakeRun(t, { chain: {} });
      await chmod(run.home.dir, 0o755);
      const supervisor = run.start(plain);
      await run.reached(5);
      const file = await through(run, { command: asOther });
      const { troubles, checks } = await diagnose([], run.home.env(plain), file);
      t.expect(troubles).toEqual([
        'warning validator: what the validator has signed last may not be read',
        ...(await ownLimit()),
      ]);
      const said = checks.map(({ what }) => what).join('\n');
      t.expect(said).toMatch(/whether the supervisor that runs has these settings cannot be told/);
      t.expect(said).toMatch(/our node answers at/);
      await expectCleanStop(t.expect, run, supervisor);
    },
  );

  it.skipIf(other !== undefined)(titled('says that the environment of the unit may not be read', other), async (t) => {
    const all = await patient(t);
    const { home } = all.run;
    const secret = join(home.dir, 'palomad.env');
    await writeFile(secret, `DAEMON_HOME=${home.home}\n`, { mode: 0o600 });
    await all.rewrite({ without: ['Environment="DAEMON_HOME'], lines: [`EnvironmentFile=${secret}`] });
    const file = await through(all.run, { command: asOther });
    const { troubles } = await diagnose(['--unit', all.unit], {}, file);
    t.expect(troubles).toEqual([
      'warning environment: the environment of palomad.service may not be read: this one counts where that is not known',
    ]);
  });
});

describe('of a home that does not answer, the doctor', () => {
  const refusedToHang = hangRefused();

  it.skipIf(refusedToHang !== undefined).for(['data', 'cosmovisor'])(
    titled('tells where %s hangs, in less than a minute, and leaves nobody behind', refusedToHang),
    async (name, t) => {
      const run = await fakeRun(t, { chain: {} });
      const space = await mountSpace(t);
      const place = join(run.home.home, name);
      await mkdir(place, { recursive: true });
      await hang(t, space, place);
      const file = await through(run, { command: space.enter });
      const begun = Date.now();
      const { troubles, code } = await diagnose([], run.home.env(plain), file);
      t.expect(Date.now() - begun).toBeLessThan(60_000);
      t.expect(troubles).toEqual(['error layout: the home does not answer: neither would it answer a node']);
      t.expect(code).toBe(78);
      t.expect(await processesUnder(run.home.dir)).toEqual([]);
    },
  );

  it.skipIf(refusedToHang !== undefined)(titled('tells of a place of backups that hangs', refusedToHang), async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const space = await mountSpace(t);
    const place = join(run.home.dir, 'backups');
    await mkdir(place);
    await hang(t, space, place);
    const file = await through(run, { command: space.enter });
    const { troubles, code } = await diagnose([], run.home.env({ ...plain, DAEMON_DATA_BACKUP_DIR: place }), file);
    t.expect(troubles).toEqual([
      'error layout: the place of backups does not answer: a start of chainvisor would wait for it without end',
    ]);
    t.expect(code).toBe(78);
  });
});
