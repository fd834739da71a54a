import { killTimes, testDir, waitFor } from '@chainvisor/testkit';
import { randomInt } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext, vi } from 'vitest';

import { mountSpace, mountSpaceRefused } from '../../src/mount-space.ts';
import { giveTo, nobody, nobodyRefused } from '../../src/other-user.ts';
import { sha256 } from '../../src/releases.ts';
import { assetName, flawOf, leftovers, repository, type StagerRun, stagerRun, upgradesOf } from '../../src/stager.ts';
import { treeOf } from '../../src/tree.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 3 });

const silent = { code: 0, signal: null, stdout: '', stderr: '' };
const killsPerHome = 20;
/** Milliseconds: longer than an undisturbed run takes. */
const within = 1800;
const seed = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));

const stallsAfter = 1000;

/** A release whose download stands still after some bytes: the first time that it is asked for, or always. */
async function publishStalled({ server, archive }: StagerRun, tag: string, times: 'once' | 'always'): Promise<void> {
  const body = await archive(tag);
  const assets = { [assetName]: body, 'checksums.txt': `${sha256(body)}  ${assetName}\n` };
  server.publish({ repository, tag, assets });
  const stalled = { body, stall: stallsAfter };
  const path = `/${repository}/releases/download/${tag}/${assetName}`;
  if (times === 'once') server.serve(path, stalled, body);
  else server.serve(path, stalled);
}

/** Resolves once as much of the archive has arrived as is sent. */
function downloading({ run }: StagerRun): Promise<unknown> {
  const staging = run.at('.chainvisor/staging');
  const arrived = async () => {
    const names = await readdir(staging, { recursive: true }).catch(() => []);
    const file = names.find((name) => name.endsWith('/download'));
    return file !== undefined && (await stat(join(staging, file))).size === stallsAfter;
  };
  return waitFor('the download', arrived, { timeout: 60_000 });
}

describe.concurrent(`kill -9 at a random time (KILL_SEED=${seed})`, () => {
  it.for([1, 2])(
    'shows no part of an upgrade, and the next run ends right: home %i',
    { timeout: 600_000 },
    async (home, t) => {
      const all = await stagerRun(t);
      const { run, stager, start, publish } = all;
      await publish('v2');
      const found = { before: 0, after: 0 };
      for (const time of killTimes({ count: killsPerHome, seed: seed + home, within })) {
        const killed = start(['stage', 'v2']);
        const done = killed.ended.then(() => true);
        // Watched all the time: what appears is whole at once.
        for (
          const end = performance.now() + time;
          performance.now() < end && !(await Promise.race([done, sleep(5, false)]));
        ) {
          if ((await upgradesOf(run)).includes('v2')) t.expect(await flawOf(run, 'v2')).toBeUndefined();
        }
        killed.kill('SIGKILL');
        await killed.ended;
        const staged = (await upgradesOf(run)).includes('v2');
        found[staged ? 'after' : 'before'] += 1;
        t.expect(await upgradesOf(run)).toEqual(staged ? ['v2'] : []);
        if (staged) t.expect(await flawOf(run, 'v2')).toBeUndefined();

        const next = await stager(['stage', 'v2']);
        t.expect({ ...next, stdout: next.stdout !== '' }).toEqual({ ...silent, stdout: !staged });
        t.expect(await flawOf(run, 'v2')).toBeUndefined();
        t.expect(await leftovers(run)).toEqual([]);
        await rm(run.at('upgrades/v2'), { recursive: true });
      }
      t.expect(found.before).toBeGreaterThan(0);
    },
  );
});

describe.concurrent('a run that is ended', () => {
  it.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'by %s undoes what it did, and ends as by the signal',
    async (signal, t) => {
      const all = await stagerRun(t);
      await publishStalled(all, 'v2', 'once');
      const first = all.start(['stage', 'v2']);
      await downloading(all);
      t.expect(await leftovers(all.run)).toHaveLength(1);
      first.kill(signal);
      const code = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal];
      t.expect(await first.ended).toEqual({ code, signal: null, stdout: '', stderr: '' });
      t.expect(await leftovers(all.run)).toEqual([]);
      t.expect(await upgradesOf(all.run)).toEqual([]);
      t.expect((await all.stager(['stage', 'v2'])).code).toBe(0);
      t.expect(await flawOf(all.run, 'v2')).toBeUndefined();
    },
  );
});

describe.concurrent('two runs at once', () => {
  it('do not meet: the second names the first, says nothing with --quiet, and disturbs nothing', async (t) => {
    const all = await stagerRun(t);
    await publishStalled(all, 'v2', 'always');
    const first = all.start(['stage', 'v2']);
    await downloading(all);
    const before = await treeOf(all.run.at('.chainvisor'));
    for (const command of [
      ['stage', 'v2'],
      ['stage', 'v3'],
    ]) {
      const { code, stdout, stderr } = await all.stager(command);
      t.expect([code, stdout]).toEqual([69, '']);
      t.expect(stderr).toContain(`Error: another run works on this home: process ${first.pid} (`);
    }
    t.expect(await all.stager(['stage', '--quiet'])).toEqual({ ...silent, code: 69 });
    // Whoever only looks needs no lock.
    t.expect((await all.stager(['check', 'v2'])).code).toBe(75);
    t.expect((await all.stager(['list'])).code).toBe(0);
    t.expect((await all.stager(['stage', 'v2', '--dry-run'])).code).toBe(0);
    t.expect(await treeOf(all.run.at('.chainvisor'))).toEqual(before);
    first.kill('SIGKILL');
    await first.ended;
    // The lock frees itself.
    await all.publish('v2');
    t.expect((await all.stager(['stage', 'v2'])).code).toBe(0);
    t.expect(await leftovers(all.run)).toEqual([]);
  });

  it('of two homes do not see each other', async (t) => {
    const [one, two] = [await stagerRun(t), await stagerRun(t)];
    await publishStalled(one, 'v2', 'always');
    await two.publish('v2');
    one.start(['stage', 'v2']);
    await downloading(one);
    t.expect((await two.stager(['stage', 'v2'])).code).toBe(0);
  });

  it('without the program flock still leave one whole upgrade', async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    const none = join(all.run.home.dir, 'no-programs');
    await mkdir(none);
    const runs = [1, 2, 3].map(() => all.stager(['stage', 'v2', '--verbose'], { PATH: none }));
    const ends = await Promise.all(runs);
    t.expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    t.expect(ends.filter(({ stdout }) => stdout !== '')).not.toEqual([]);
    for (const { stderr } of ends) t.expect(stderr).toContain('no lock keeps a second run away: ');
    t.expect(await upgradesOf(all.run)).toEqual(['v2']);
    t.expect(await flawOf(all.run, 'v2')).toBeUndefined();
    t.expect(await leftovers(all.run)).toEqual([]);
  });
});

const refused = mountSpaceRefused();
const title = (text: string) => titled(text, refused);

describe.concurrent('a target that cannot be written to', () => {
  it.skipIf(refused !== undefined)(
    title('is named with what to do, and the next run ends right: read-only'),
    async (t) => {
      const all = await stagerRun(t);
      await all.publish('v2');
      const space = await mountSpace(t);
      await space.sh(`mount --bind '${all.run.at()}' '${all.run.at()}'; mount -o remount,ro,bind '${all.run.at()}'`);
      const end = await all.start(['stage', 'v2'], {}, ['/usr/bin/env', ...space.enter]).ended;
      t.expect([end.code, end.stdout]).toEqual([66, '']);
      t.expect(end.stderr).toMatch(
        /^Error: cannot open the lock .*EROFS.*\n {2}do: the file system is mounted read-only/,
      );
      t.expect(await upgradesOf(all.run)).toEqual([]);
      t.expect((await all.stager(['stage', 'v2'])).code).toBe(0);
    },
  );

  it.skipIf(refused !== undefined)(
    title('is named with what to do, and the next run ends right: full, with more and more room until it is enough'),
    { timeout: 300_000 },
    async (t) => {
      const all = await stagerRun(t);
      const bytes = await all.publish('v2');
      const space = await mountSpace(t);
      const disk = join(all.run.home.dir, 'disk');
      await mkdir(disk);
      await space.sh(`
        mount -t tmpfs -o size=4k,mode=0755 none '${disk}'
        mkdir '${disk}/upgrades'
        mount --bind '${disk}' '${all.run.at()}'`);
      const seen = (path: string) => space.outside(join(disk, path));
      let tries = 0;
      // Room for nothing, for a part of the download, of what is unpacked, of the record; in the end for all.
      for (let room = 8; ; room += 16) {
        tries += 1;
        await space.sh(`mount -o remount,size=${room}k '${disk}'`);
        const end = await all.start(['stage', 'v2'], {}, ['/usr/bin/env', ...space.enter]).ended;
        if (end.code === 0) break;
        t.expect([end.code, end.stdout]).toEqual([66, '']);
        t.expect(end.stderr).toMatch(/^Error: .*(?:ENOSPC|no space left)/i);
        t.expect(end.stderr).toMatch(/\n {2}do: the file system is full: free some space/);
        t.expect(await readdir(seen('upgrades'))).toEqual([]);
        t.expect(await readdir(seen('.chainvisor/staging')).catch(() => [])).toEqual([]);
        t.expect(room * 1024).toBeLessThan(20 * bytes.length + 2 ** 20);
      }
      t.expect(tries).toBeGreaterThan(2);
      t.expect(await readdir(seen('upgrades'))).toEqual(['v2']);
      t.expect((await stat(seen('upgrades/v2/staged.json'))).size).toBeGreaterThan(100);
    },
  );
});

/** A directory that nobody but us may look into. */
async function testDirOfRoot(t: TestContext): Promise<string> {
  const dir = await testDir();
  t.onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

const notNobody = nobodyRefused();
const asOther = (text: string) => titled(text, notNobody);

describe.concurrent('users', () => {
  it.skipIf(notNobody !== undefined)(
    asOther('root becomes the one who owns the home, with whom all that is made belongs'),
    async (t) => {
      const all = await stagerRun(t);
      await all.publish('v2');
      await rm(all.run.at('upgrades'), { recursive: true });
      const token = join(all.run.home.dir, 'token');
      await writeFile(token, 'secret', { mode: 0o600 });
      await giveTo(nobody, all.run.home.dir);
      const { code, stderr } = await all.stager(['stage', 'v2'], { CHAINVISOR_STAGER_RELEASE_TOKEN_FILE: token });
      t.expect([code, stderr]).toEqual([0, '']);
      const made = await readdir(all.run.at(), { recursive: true });
      t.expect(made).toEqual(t.expect.arrayContaining(['upgrades/v2/bin/palomad', '.chainvisor/stager.lock']));
      for (const path of made) {
        const { uid, gid } = await stat(all.run.at(path));
        t.expect({ path, uid, gid }).toEqual({ path, ...nobody });
      }
      // What only root may read, a file of the node's user must not make root read.
      const rootOnly = { CHAINVISOR_STAGER_RELEASE_TOKEN_FILE: join(await testDirOfRoot(t), 'token') };
      await writeFile(rootOnly.CHAINVISOR_STAGER_RELEASE_TOKEN_FILE, 'secret', { mode: 0o600 });
      t.expect((await all.stager(['stage', 'v2'], rootOnly)).code).toBe(78);
      t.expect((await all.stager(['check', 'v2'])).code).toBe(0);
    },
  );

  it.skipIf(notNobody !== undefined)(asOther('one who may not write there is told what to do'), async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    await chmod(all.run.home.dir, 0o755);
    const asNobody = ['/usr/bin/env', 'setpriv', `--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups'];
    const end = await all.start(['stage', 'v2'], {}, asNobody).ended;
    t.expect([end.code, end.stdout]).toEqual([66, '']);
    t.expect(end.stderr).toMatch(
      /^Error: cannot open the lock .*EACCES.*\n {2}do: run this as the user who owns the home/,
    );
    t.expect(await upgradesOf(all.run)).toEqual([]);
  });
});
