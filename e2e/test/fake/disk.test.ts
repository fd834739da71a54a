import type { FakePlan } from '@chainvisor/testkit';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded, stepsOf } from '../../src/fake-checks.ts';
import { expectCurrent } from '../../src/fake-end.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { allSteps } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { mountSpaceRefused } from '../../src/mount-space.ts';
import { scheduleSoon } from '../../src/soon.ts';
import { filling, smallDisk, type SmallDisk } from '../../src/small-disk.ts';
import { journalOf, type Supervisor } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 4 });

const refused = mountSpaceRefused();
const title = (text: string) => titled(text, refused);

const unwritable = /WRN the journal cannot be written: going on by what is on disk, and trying again reason="ENOSPC/;

const ways = [
  { of: 'bytes', take: 'fillBytes' },
  { of: 'inodes', take: 'fillInodes' },
] as const;

/** A home with v2 staged, `cosmovisor/` on a disk of its own, `data/` on ours. */
async function onSmallDisk(t: TestContext): Promise<{ run: FakeRun; disk: SmallDisk }> {
  const run = await fakeRun(t, { chain: { blockTime: 40 } });
  await run.stage('v2');
  return { run, disk: await smallDisk(t, run, run.at()) };
}

/** A second supervisor is refused, by a lock that a full disk has no say in, and disturbs nothing. */
async function expectRefused(t: TestContext, run: FakeRun, disk: SmallDisk, first: Supervisor): Promise<void> {
  const second = run.start({}, disk.program);
  t.expect(await second.ended).toEqual({ code: 69, signal: null });
  t.expect(second.log()).toMatch(/^Error: another supervisor of this home is running: /m);
  t.expect(second.log()).toContain(`process ${first.pid} (`);
  t.expect(first.end()).toBeUndefined();
}

/** With space again, the next start upgrades, without another start of the old binary, and all of that is on record. */
async function expectMendedAfter(t: TestContext, run: FakeRun, disk: SmallDisk, v2: FakePlan, env = {}): Promise<void> {
  await disk.free();
  const supervisor = run.start(env, disk.program);
  await supervisor.saw(/upgrade verified/);
  await run.reached(v2.height + 1);
  await expectCleanStop(t.expect, run, supervisor);
  await disk.keep();
  await expectUpgraded(t.expect, run, [v2]);
  t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
  // What a try that failed has left of itself.
  const own = await readdir(run.at('.chainvisor'));
  t.expect(own.filter((name) => /^replace-|\.new$|\.tmp$/.test(name))).toEqual([]);
}

describe.concurrent('a disk that is full', () => {
  it.skipIf(refused !== undefined).for(ways)(
    title('before the height ends in one error at it, and in the upgrade once there is room: $of'),
    async ({ take }, t) => {
      const { run, disk } = await onSmallDisk(t);
      const first = run.start({}, disk.program);
      await run.reached(2);
      await disk[take]();
      await expectRefused(t, run, disk, first);
      const v2 = await scheduleSoon(run, 'v2');
      const path = run.at('upgrades/v2/upgrade-info.json');
      const said = [`cannot write ${path}: ENOSPC: no space left on device`, /do: the file system is full: free/];
      await expectGivenUp(t.expect, run, first, 66, said);
      await expectCurrent(t.expect, disk.outside(run.home.home), 'palomad', 'genesis');
      t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);

      // Still full: the same, and the old binary is not run past its height.
      await expectGivenUp(t.expect, run, run.start({}, disk.program), 66, said);
      await expectCurrent(t.expect, disk.outside(run.home.home), 'palomad', 'genesis');
      t.expect(livesOf(await run.home.events())).toHaveLength(1);
      await expectMendedAfter(t, run, disk, v2);
    },
  );

  it.skipIf(refused !== undefined).for([...ways, { of: 'bytes, the script itself', take: undefined }])(
    title('from the height on: $of'),
    async ({ take }, t) => {
      const { run, disk } = await onSmallDisk(t);
      const wait = join(run.home.dir, 'filled');
      const body = take === undefined ? filling.fill(run.at()) : `until [ -e '${wait}' ]; do sleep 0.02; done`;
      await writeScript(join(run.home.dir, 'pre.sh'), `echo script runs >&2\n${body}`);
      const env = { COSMOVISOR_CUSTOM_PREUPGRADE: '../../pre.sh' };
      const first = run.start(env, disk.program);
      await run.reached(2);
      const v2 = await scheduleSoon(run, 'v2');
      await first.saw(/script runs/);
      if (take !== undefined) {
        await disk[take]();
        await writeFile(wait, '');
      }
      await expectGivenUp(t.expect, run, first, 66, [run.at('upgrades/v2/upgrade-info.json'), /ENOSPC/, /do: /]);
      await expectCurrent(t.expect, disk.outside(run.home.home), 'palomad', 'genesis');
      await writeScript(join(run.home.dir, 'pre.sh'), 'exit 0');
      await expectMendedAfter(t, run, disk, v2, env);
    },
  );

  it.skipIf(refused !== undefined)(
    title('before the first start: the node runs, and the journal is whole as soon as there is room'),
    async (t) => {
      const { run, disk } = await onSmallDisk(t);
      await disk.fillBytes();
      const supervisor = run.start({}, disk.program);
      await supervisor.saw(unwritable);
      await supervisor.saw(/WRN cannot put this supervisor on record .*ENOSPC/);
      await run.reached(2);
      await expectRefused(t, run, disk, supervisor);
      await disk.free();
      const v2 = await scheduleSoon(run, 'v2');
      await supervisor.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, supervisor);
      await disk.keep();
      await expectUpgraded(t.expect, run, [v2]);
      t.expect(await stepsOf(run, v2)).toEqual(allSteps);
      const kinds = (await journalOf(run.home.home)).map(({ kind, target }) => `${String(kind)} ${String(target)}`);
      t.expect(kinds.slice(0, 2)).toEqual(['current genesis', 'started genesis']);
      t.expect(supervisor.log().match(new RegExp(unwritable, 'g'))).toHaveLength(1);
    },
  );

  it.skipIf(refused !== undefined)(
    title('until the custom script makes room: upgraded at once, and every step on record'),
    async (t) => {
      const { run, disk } = await onSmallDisk(t);
      await disk.fillBytes();
      await writeScript(join(run.home.dir, 'pre.sh'), filling.free(join(run.home.dir, 'disk')));
      const supervisor = run.start({ COSMOVISOR_CUSTOM_PREUPGRADE: '../../pre.sh' }, disk.program);
      await supervisor.saw(unwritable);
      await run.reached(2);
      const v2 = await scheduleSoon(run, 'v2');
      await supervisor.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, supervisor);
      await disk.keep();
      await expectUpgraded(t.expect, run, [v2]);
      const [detected, stopped, ...rest] = allSteps;
      t.expect(await stepsOf(run, v2)).toEqual([detected, stopped, 'script-begun', 'script-done', ...rest]);
    },
  );

  it.skipIf(refused !== undefined)(
    title('without an inode before the first start: one error, nothing started, and the node with room'),
    async (t) => {
      const { run, disk } = await onSmallDisk(t);
      await disk.fillInodes();
      await expectGivenUp(t.expect, run, run.start({}, disk.program), 66, [run.at('current'), /ENOSPC/, /do: /]);
      t.expect(livesOf(await run.home.events())).toEqual([]);
      await disk.free();
      const supervisor = run.start({}, disk.program);
      await run.reached(2);
      const v2 = await scheduleSoon(run, 'v2');
      await supervisor.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, supervisor);
      await disk.keep();
      await expectUpgraded(t.expect, run, [v2]);
    },
  );

  it.skipIf(refused !== undefined)(
    title('without an inode before a later start: the node runs under the lock of a directory'),
    async (t) => {
      const run = await fakeRun(t, { chain: { blockTime: 40 } });
      await run.stage('v2');
      await symlink('genesis', run.at('current'));
      const disk = await smallDisk(t, run, run.at());
      await disk.fillInodes();
      const supervisor = run.start({}, disk.program);
      await supervisor.saw(/WRN cannot create the lock .*locking the directory .*cosmovisor itself instead/);
      await run.reached(2);
      const second = run.start({}, disk.program);
      t.expect(await second.ended).toEqual({ code: 69, signal: null });
      t.expect(second.log()).toMatch(/^Error: another supervisor of this home is running: /m);
      await disk.free();
      const v2 = await scheduleSoon(run, 'v2');
      await supervisor.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, supervisor);
      await disk.keep();
      await expectUpgraded(t.expect, run, [v2]);
      t.expect(await stepsOf(run, v2)).toEqual(allSteps);
    },
  );

  it.skipIf(refused !== undefined)(
    title('with the data on it too: the node ends of it, its own code is passed on, and the next start works'),
    async (t) => {
      const v2 = { name: 'v2', height: 5 };
      const run = await fakeRun(t, { chain: { blockTime: 40, plans: [v2] } });
      await run.stage('v2');
      // What the test reads while it runs is beside the disk.
      await symlink(join(run.home.dir, 'events'), join(run.home.home, 'fake-events.jsonl'));
      const disk = await smallDisk(t, run, run.home.home);
      await disk.fillBytes();
      const first = run.start({}, disk.program);
      const { code, signal } = await first.ended;
      t.expect(signal).toBeNull();
      t.expect(first.log()).toMatch(unwritable);
      const last = new RegExp(`ERR palomad exited with code ${code}: this is the node's own end exit=${code}\\n$`);
      t.expect(first.log()).toMatch(last);
      await expectCurrent(t.expect, disk.outside(run.home.home), 'palomad', 'genesis');

      await disk.free();
      const second = run.start({}, disk.program);
      await second.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, second);
      await disk.keep();
      t.expect(await stepsOf(run, v2)).toEqual(allSteps);
      t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v1', 'v2']);
      await expectCurrent(t.expect, run.home.home, 'palomad', 'upgrades/v2');
    },
  );
});

describe.concurrent('a full disk of .chainvisor alone', () => {
  it.skipIf(refused !== undefined)(title('does not stop an upgrade'), async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    await run.stage('v2');
    await symlink('genesis', run.at('current'));
    await mkdir(run.at('.chainvisor'));
    const disk = await smallDisk(t, run, run.at('.chainvisor'));
    await disk.fillBytes();
    const supervisor = run.start({}, disk.program);
    await supervisor.saw(unwritable);
    await run.reached(2);
    const v2 = await scheduleSoon(run, 'v2');
    await supervisor.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectCurrent(t.expect, run.home.home, 'palomad', 'upgrades/v2');
    t.expect(await readFile(run.at('upgrades/v2/upgrade-info.json'), 'utf8')).toContain('"v2"');
  });
});
