import { chmod, chown, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { giveTo, nobody, nobodyRefused } from '../../src/other-user.ts';
import { assetName, repository, stagerRun } from '../../src/stager.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 3 });

const notNobody = nobodyRefused();
const asOther = (text: string) => titled(text, notNobody);
const pathOf = (name: string) => `/${repository}/releases/download/v2/${name}`;

describe.concurrent("root, in a home of the node's user", () => {
  it.skipIf(notNobody !== undefined)(
    asOther("is that user also where cosmovisor/ is root's, and is told what to give away"),
    async (t) => {
      const all = await stagerRun(t);
      await all.publish('v2');
      await giveTo(nobody, all.run.home.dir);
      await chown(all.run.at(), 0, 0);
      await chmod(all.run.at(), 0o755);
      const refused = await all.stager(['stage', 'v2']);
      t.expect([refused.code, refused.stdout]).toEqual([66, '']);
      t.expect(refused.stderr).toMatch(/^Error: cannot open the lock .*EACCES/);
      t.expect(refused.stderr).toContain(
        `\n  do: give it to the user who owns the home: chown -R nobody ${all.run.at()}\n`,
      );
      t.expect(await readdir(all.run.at('.chainvisor')).catch(() => [])).toEqual([]);

      await chown(all.run.at(), nobody.uid, nobody.gid);
      t.expect((await all.stager(['stage', 'v2'])).code).toBe(0);
      const made = await stat(all.run.at('upgrades/v2/bin/palomad'));
      t.expect({ uid: made.uid, gid: made.gid }).toEqual(nobody);
    },
  );

  it.skipIf(notNobody !== undefined)(asOther("is told which directory in it is root's"), async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    await rm(all.run.at('upgrades'), { recursive: true });
    await giveTo(nobody, all.run.home.dir);
    await mkdir(all.run.at('upgrades'), { mode: 0o755 });
    const { code, stderr } = await all.stager(['stage', 'v2']);
    t.expect(code).toBe(66);
    t.expect(stderr).toContain(`: chown -R nobody ${all.run.at('upgrades')}\n`);
    t.expect(await readdir(all.run.at('upgrades'))).toEqual([]);
  });

  it.skipIf(notNobody !== undefined)(asOther('does not take for absent what that user may not look at'), async (t) => {
    const all = await stagerRun(t);
    await all.publish('v2');
    await giveTo(nobody, all.run.home.dir);
    await all.stager(['stage', 'v2']);
    const asked = all.server.requests.length;
    const dir = all.run.at('upgrades/v2');
    for (const [path, mode] of [
      [dir, 0o700],
      [join(dir, 'bin/palomad'), 0o700],
    ] as const) {
      await chown(path, 0, 0);
      await chmod(path, mode);
      const check = await all.stager(['check', 'v2']);
      t.expect(check.code).toBe(75);
      t.expect(check.stdout).toMatch(/\n {2}why: .*upgrades\/v2 cannot be looked into: EACCES/);
      t.expect(check.stdout).toContain(`\n  do: give it to the user who owns the home: chown -R nobody ${dir}\n`);
      const stage = await all.stager(['stage', 'v2']);
      t.expect([stage.code, stage.stdout]).toEqual([66, '']);
      t.expect(stage.stderr).toContain('cannot be looked into');
      await chown(path, nobody.uid, nobody.gid);
    }
    t.expect((await all.stager(['check', 'v2'])).code).toBe(0);
    t.expect(all.server.requests.filter(({ path }) => path === pathOf(assetName))).toHaveLength(1);
    t.expect(asked).toBeGreaterThan(0);
  });
});
