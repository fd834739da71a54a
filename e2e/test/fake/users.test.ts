import { chmod, chown, mkdir, symlink } from 'node:fs/promises';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded } from '../../src/fake-checks.ts';
import { expectCurrent, expectUpgradedOnDisk } from '../../src/fake-end.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { fakeRun, type FakeRun, release } from '../../src/fake-run.ts';
import { mountSpace, mountSpaceRefused } from '../../src/mount-space.ts';
import { asNobody, giveTo, nobody, nobodyRefused } from '../../src/other-user.ts';
import { scheduleSoon } from '../../src/soon.ts';
import type { Supervisor } from '../../src/supervisor.ts';
import { through } from '../../src/through.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 4 });

const noUser = nobodyRefused();
const noMount = mountSpaceRefused();

const root = { uid: 0, gid: 0 };

/** Nobody but the first supervisor runs on this home, whatever could not be written. */
async function expectRefused(t: TestContext, run: FakeRun, file: string, first: Supervisor): Promise<void> {
  const second = run.start({}, file);
  t.expect(await second.ended).toEqual({ code: 69, signal: null });
  t.expect(second.log()).toMatch(/^Error: another supervisor of this home is running: /m);
  t.expect(first.end()).toBeUndefined();
}

/** The supervisor warns that it can keep no journal, excludes a second one, and upgrades; the next start goes on with v2. */
async function expectUpgradeWithout(t: TestContext, run: FakeRun, file: string, why: RegExp): Promise<void> {
  const supervisor = run.start({}, file);
  await supervisor.saw(new RegExp(`WRN the journal cannot be written: going on by what is on disk.*${why.source}`));
  await run.reached(2);
  await expectRefused(t, run, file, supervisor);
  const v2 = await scheduleSoon(run, 'v2');
  await supervisor.saw(/upgrade verified/);
  await run.reached(v2.height + 1);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgradedOnDisk(t.expect, run, [v2]);

  const again = run.start({}, file);
  await run.worked(3);
  await expectCleanStop(t.expect, run, again);
  await expectUpgradedOnDisk(t.expect, run, [v2]);
  t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
}

/** A home at work from an existing link: there is nothing that its first start has yet to write. */
async function atWork(t: TestContext): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { blockTime: 40 } });
  await run.stage('v2');
  await symlink('genesis', run.at('current'));
  return run;
}

describe.concurrent('a .chainvisor that cannot be written to', () => {
  it.skipIf(noUser !== undefined)(titled("is another user's: upgraded all the same", noUser), async (t) => {
    const run = await atWork(t);
    await mkdir(run.at('.chainvisor'));
    const file = await asNobody(run);
    await chown(run.at('.chainvisor'), 0, 0);
    await expectUpgradeWithout(t, run, file, /EACCES/);
  });

  it.skipIf(noMount !== undefined)(titled('is mounted read-only: upgraded all the same', noMount), async (t) => {
    const run = await atWork(t);
    await mkdir(run.at('.chainvisor'));
    const space = await mountSpace(t);
    const own = run.at('.chainvisor');
    await space.sh(`mount --bind '${own}' '${own}'; mount -o remount,ro,bind '${own}'`);
    await expectUpgradeWithout(t, run, await through(run, { command: space.enter }), /EROFS/);
  });

  it('is missing and cannot be made: upgraded all the same', async (t) => {
    const run = await atWork(t);
    await symlink('/proc/chainvisor', run.at('.chainvisor'));
    await expectUpgradeWithout(t, run, await through(run, {}), /ENOENT|EEXIST/);
  });

  it.skipIf(noUser !== undefined)(
    titled('nor cosmovisor/ itself: one error at the height that names it, and the upgrade once it can', noUser),
    async (t) => {
      const run = await atWork(t);
      const file = await asNobody(run);
      await chown(run.at(), 0, 0);
      const first = run.start({}, file);
      await first.saw(/WRN the journal cannot be written.*EACCES/);
      await run.reached(2);
      await expectRefused(t, run, file, first);
      const v2 = await scheduleSoon(run, 'v2');
      await expectGivenUp(t.expect, run, first, 66, [run.at(), /EACCES/, /do: /]);
      await expectCurrent(t.expect, run.home.home, 'palomad', 'genesis');
      t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);

      await chown(run.at(), nobody.uid, nobody.gid);
      const second = run.start({}, file);
      await second.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, second);
      await expectUpgraded(t.expect, run, [v2]);
    },
  );
});

describe.concurrent('an upgrade that root has staged for another user', () => {
  const warned = /WRN the directory of a staged upgrade cannot be written to: its upgrade would fail upgrade=/;

  it.skipIf(noUser !== undefined)(
    titled('is warned of at the start, ends in one error at the height, and goes on once it is his', noUser),
    async (t) => {
      const v2 = { name: 'v2', height: 5 };
      const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
      const file = await asNobody(run);
      await run.stage('v2');
      const dir = run.at('upgrades/v2');
      const first = run.start({}, file);
      await first.saw(new RegExp(`${warned.source}${dir}$`));
      const said = [
        `${dir}/upgrade-info.json`,
        /EACCES: permission denied/,
        /do: give the user that runs the node access to this path/,
      ];
      await expectGivenUp(t.expect, run, first, 66, said);
      await expectCurrent(t.expect, run.home.home, 'palomad', 'genesis');
      t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);
      // The same again, as long as nobody mends it.
      await expectGivenUp(t.expect, run, run.start({}, file), 66, said);
      t.expect(livesOf(await run.home.events())).toHaveLength(1);

      await giveTo(nobody, dir);
      const second = run.start({}, file);
      await second.saw(/finishing an upgrade that was cut off/);
      await second.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, second);
      await expectUpgraded(t.expect, run, [v2]);
      t.expect(second.log()).not.toMatch(warned);
      t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
    },
  );

  it.skipIf(noUser !== undefined).for([
    { whose: 'his group', owner: { uid: 0, gid: nobody.gid }, mode: 0o775 },
    { whose: 'everybody', owner: root, mode: 0o777 },
  ])(titled('is made where $whose may write to its directory', noUser), async ({ owner, mode }, t) => {
    const run = await fakeRun(t, { chain: { plans: [{ name: 'v2', height: 5 }], blockTime: 40 } });
    const file = await asNobody(run);
    await run.stage('v2');
    const dir = run.at('upgrades/v2');
    await giveTo(owner, dir);
    await chmod(dir, mode);
    const supervisor = run.start({}, file);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [{ name: 'v2', height: 5 }]);
    t.expect(supervisor.log()).not.toMatch(warned);
  });

  it.skipIf(noUser !== undefined)(
    titled('beside bin/ ends in one error that names it where it cannot be moved in', noUser),
    async (t) => {
      const run = await fakeRun(t, { chain: { plans: [{ name: 'v2', height: 5 }], blockTime: 40 } });
      const file = await asNobody(run);
      await run.home.stage('v2', release(run.profile, 'v2'), { withoutBin: true });
      const first = run.start({}, file);
      const said = [run.at('upgrades/v2/palomad'), /EACCES: permission denied/, /do: /];
      await expectGivenUp(t.expect, run, first, 66, said);
      await expectCurrent(t.expect, run.home.home, 'palomad', 'genesis');

      await giveTo(nobody, run.at('upgrades/v2'));
      const second = run.start({}, file);
      await second.saw(/upgrade verified/);
      await run.reached(6);
      await expectCleanStop(t.expect, run, second);
      await expectUpgraded(t.expect, run, [{ name: 'v2', height: 5 }]);
    },
  );
});
