import { waitFor } from '@chainvisor/testkit';
import { appendFile, chmod, chown, mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { type BackupDisk, backupDisk, stoppedAtCopy, stoppingAtCopy } from '../../src/backup-disk.ts';
import { backupsIn, expectBackedUp, fillData, unfinishedIn, withBackup } from '../../src/fake-backups.ts';
import { expectCleanStop, expectGivenUp, expectMended, expectNothingDone } from '../../src/fake-checks.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { mountSpaceRefused } from '../../src/mount-space.ts';
import { asNobody, nobody, nobodyRefused } from '../../src/other-user.ts';
import { filling } from '../../src/small-disk.ts';
import { startStranger } from '../../src/stranger.ts';
import { faultsProgram, type Supervisor } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 4 });

const noMount = mountSpaceRefused();
const isRoot = process.getuid?.() === 0;
const noUser = isRoot ? nobodyRefused() : undefined;

const v2 = { name: 'v2', height: 5 };

/** A home that is soon upgraded, with a megabyte of data. */
async function prepared(t: TestContext): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
  await run.stage('v2');
  await fillData(run, 25, 20_000);
  return run;
}

/** The upgrade was stopped before the switch, the operator has his choices, and nothing half-made is left there. */
async function expectRefused(
  t: TestContext,
  run: FakeRun,
  supervisor: Supervisor,
  said: readonly (string | RegExp)[],
  parent = run.home.home,
): Promise<void> {
  const choices = [/\n {2}do: (?!or )/, /DAEMON_DATA_BACKUP_DIR/, /UNSAFE_SKIP_BACKUP=true/];
  const what = `upgrade "v2" at height ${v2.height}: no backup could be made in `;
  await expectGivenUp(t.expect, run, supervisor, 65, [what, ...said, ...choices]);
  await expectNothingDone(t.expect, run, v2);
  t.expect(await backupsIn(run, parent)).toEqual([]);
  t.expect(unfinishedIn(run, parent)).toEqual([]);
}

/** What an operator can do who has no room, and where the backup is then. */
const choices = [
  {
    choice: 'makes room',
    choose: async (_run: FakeRun, { sh, path, env, seen }: BackupDisk) => {
      await sh(`mount -o remount,size=4m '${path}'`);
      return { env, parent: seen };
    },
  },
  {
    choice: 'names another directory',
    choose: async (run: FakeRun, { env }: BackupDisk) => {
      const parent = join(run.home.dir, 'elsewhere');
      await mkdir(parent);
      return { env: { ...env, DAEMON_DATA_BACKUP_DIR: parent }, parent };
    },
  },
  {
    choice: 'goes on without',
    choose: (_run: FakeRun, { env }: BackupDisk) =>
      Promise.resolve({ env: { ...env, UNSAFE_SKIP_BACKUP: 'true' }, parent: undefined }),
  },
] as const;

describe.concurrent('a start', () => {
  it.skipIf(noMount !== undefined)(titled('warns of room that an upgrade will lack', noMount), async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await fillData(run, 25, 20_000);
    const { env, program } = await backupDisk(t, run, '400k');
    const supervisor = run.start(env, program);
    await supervisor.saw(
      /WRN there is no room for a backup: .* needed="1\.\d MB" free="409\.6 kB" do=".*DAEMON_DATA_BACKUP_DIR/,
    );
    await run.reached(3);
    await expectCleanStop(t.expect, run, supervisor);
  });
});

describe.concurrent('a backup that cannot be made stops the upgrade before the switch', () => {
  it.skipIf(noMount !== undefined).for(choices)(
    titled('for want of room, before the first byte, at each start, until the operator $choice', noMount),
    async ({ choose }, t) => {
      const run = await prepared(t);
      const disk = await backupDisk(t, run, '400k');
      const said = [disk.path, /409\.6 kB free, and [\d.]+ [kM]B are needed/];
      await expectRefused(t, run, run.start(disk.env, disk.program), said, disk.seen);
      await expectRefused(t, run, run.start(disk.env, disk.program), said, disk.seen);
      const { env, parent } = await choose(run, disk);
      await expectMended(t.expect, run, v2, env, disk.program);
      if (parent !== undefined) await expectBackedUp(t.expect, run, [v2], parent);
      t.expect(await backupsIn(run)).toEqual([]);
    },
  );

  it.skipIf(noMount !== undefined)(titled('for want of room that was there when it began', noMount), async (t) => {
    const run = await prepared(t);
    const disk = await backupDisk(t, run, '2m');
    const first = run.start({ ...disk.env, ...stoppingAtCopy }, disk.faults);
    await stoppedAtCopy(first);
    t.expect(unfinishedIn(run, disk.seen)).toHaveLength(1);
    await disk.sh(filling.fill(disk.path));
    first.kill('SIGCONT');
    await expectRefused(t, run, first, [/ENOSPC/, /the file system is full: free some space/], disk.seen);
    t.expect(await readdir(disk.seen)).toEqual(['ballast']);
    await disk.sh(filling.free(disk.path));
    await expectMended(t.expect, run, v2, disk.env, disk.program);
    await expectBackedUp(t.expect, run, [v2], disk.seen);
  });

  it.skipIf(noMount !== undefined)(titled('on a file system that is mounted read-only', noMount), async (t) => {
    const run = await prepared(t);
    const disk = await backupDisk(t, run, '4m');
    await disk.sh(`mount -o remount,ro '${disk.path}'`);
    const first = run.start(disk.env, disk.program);
    await expectRefused(t, run, first, [/EROFS/, disk.path, /mounted read-only: make it writable/], disk.seen);
    await disk.sh(`mount -o remount,rw '${disk.path}'`);
    await expectMended(t.expect, run, v2, disk.env, disk.program);
    await expectBackedUp(t.expect, run, [v2], disk.seen);
  });

  it('in a directory that has vanished since the start, as a disk that was unmounted', async (t) => {
    const run = await prepared(t);
    const parent = join(run.home.dir, 'backups');
    await mkdir(parent);
    const env = { ...withBackup, DAEMON_DATA_BACKUP_DIR: parent };
    const first = run.start(env);
    await first.saw(/node started/);
    await rmdir(parent);
    await expectRefused(t, run, first, [`no backup could be made in ${parent}`, /ENOENT/]);
    await mkdir(parent);
    await expectMended(t.expect, run, v2, env);
    await expectBackedUp(t.expect, run, [v2], parent);
  });

  it.skipIf(noUser !== undefined)(titled('of data with a file that the user cannot read', noUser), async (t) => {
    const run = await prepared(t);
    const file = isRoot ? await asNobody(run) : undefined;
    const path = join(run.home.home, 'data/bulk/export.json');
    await writeFile(path, 'what somebody has exported as another user');
    await chmod(path, 0);
    const said = [`cannot read ${path}: EACCES`, /do: give the user that runs the node access to this path/];
    await expectRefused(t, run, run.start(withBackup, file), said);
    await chmod(path, 0o600);
    if (isRoot) await chown(path, nobody.uid, nobody.gid);
    await expectMended(t.expect, run, v2, withBackup, file);
    await expectBackedUp(t.expect, run, [v2]);
  });

  it.skipIf(noUser !== undefined)(titled('in a directory that the user cannot write to', noUser), async (t) => {
    const run = await prepared(t);
    const file = isRoot ? await asNobody(run) : undefined;
    const parent = join(run.home.dir, 'backups');
    await mkdir(parent, { mode: 0o555 });
    const env = { ...withBackup, DAEMON_DATA_BACKUP_DIR: parent };
    await expectRefused(
      t,
      run,
      run.start(env, file),
      [`${parent}/.data-backup-`, /EACCES/, /do: give the user/],
      parent,
    );
    await chmod(parent, 0o777);
    await expectMended(t.expect, run, v2, env, file);
    await expectBackedUp(t.expect, run, [v2], parent);
  });

  it('of data that somebody writes to meanwhile', async (t) => {
    const run = await prepared(t);
    const path = join(run.home.home, 'data/bulk/7');
    const first = run.start({ ...withBackup, ...stoppingAtCopy }, faultsProgram);
    await stoppedAtCopy(first);
    await appendFile(path, 'more');
    first.kill('SIGCONT');
    await expectRefused(t, run, first, [`${path} was written to while it was copied`, /do: .*stop it first/]);
    await expectMended(t.expect, run, v2, withBackup);
    await expectBackedUp(t.expect, run, [v2]);
  });
});

describe.concurrent('somebody who has a database of the node open', () => {
  it('when it has halted stops the upgrade before the backup, is named, and is not ended', async (t) => {
    const run = await prepared(t);
    const first = run.start(withBackup);
    const lock = join(run.home.home, 'data/application.db/LOCK');
    await run.reached(1);
    // The node has it by fcntl: it does not notice.
    const stranger = startStranger(t, ['flock', '-F', lock, 'sh', '-c', 'echo locked; exec sleep 600']);
    await waitFor('the lock', () => stranger.log().includes('locked'));
    const said = [`in use by process ${stranger.pid}, which is not on record`, lock];
    await expectGivenUp(t.expect, run, first, 69, said);
    await expectNothingDone(t.expect, run, v2);
    t.expect(await backupsIn(run)).toEqual([]);
    t.expect(unfinishedIn(run)).toEqual([]);
    t.expect(first.log()).not.toMatch(/backing up/);
    t.expect(stranger.end()).toBeUndefined();

    stranger.kill('SIGTERM');
    await stranger.ended;
    await expectMended(t.expect, run, v2, withBackup);
    await expectBackedUp(t.expect, run, [v2]);
  });
});
