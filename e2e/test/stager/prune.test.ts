import { killTimes } from '@chainvisor/testkit';
import { randomInt } from 'node:crypto';
import { access, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext, vi } from 'vitest';

import { type StagerRun, stagerRun, upgradesOf } from '../../src/stager.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 3 });

const silent = { code: 0, signal: null, stdout: '', stderr: '' };

/** A home with v2 to v6 staged, that were switched to up to v5, and a node that plans v2 again under other letters where asked to. */
async function withUpgrades(t: TestContext, plan?: string): Promise<StagerRun> {
  const all = await stagerRun(t, plan === undefined ? {} : { plan });
  const { run } = all;
  for (const number of [2, 3, 4, 5, 6]) {
    await run.stage(`v${number}`);
    if (number === 6) continue;
    await writeFile(
      run.at(`upgrades/v${number}/upgrade-info.json`),
      JSON.stringify({ name: `v${number}`, height: number * 10 }),
    );
  }
  await symlink('upgrades/v5', run.at('current'));
  return all;
}

describe.concurrent('prune', () => {
  it('removes what was made before the current one but for the newest, in a line each, and then nothing', async (t) => {
    const { run, stager, startNode } = await withUpgrades(t);
    await startNode();
    const before = await treeOf(run.at('upgrades'));
    const dry = await stager(['prune', '--dry-run', '--keep', '1']);
    t.expect(dry).toMatchObject({ code: 0, stderr: '' });
    t.expect(dry.stdout.split('\n').sort()).toEqual([
      '',
      'kept v4: one of the 1 before the current one',
      'kept v5: it is current',
      'kept v6: its height is not known: it has no upgrade-info.json',
      'would remove v2, of height 20',
      'would remove v3, of height 30',
    ]);
    t.expect(await treeOf(run.at('upgrades'))).toEqual(before);

    t.expect(await stager(['prune'])).toEqual({ ...silent, stdout: 'removed v2, of height 20\n' });
    const { stdout } = await stager(['prune', '--keep', '1', '--output', 'json']);
    t.expect(JSON.parse(stdout)).toMatchObject({ current: 'upgrades/v5', removed: [{ directory: 'v3', height: 30 }] });
    t.expect(await stager(['prune', '--keep', '1'])).toEqual(silent);
    t.expect(await upgradesOf(run)).toEqual(['v4', 'v5', 'v6']);
    await access(run.at('current/bin/palomad'));
    t.expect(await readdir(run.at('.chainvisor/removed'))).toEqual([]);
    t.expect((await stager(['prune', '--keep', 'all'])).code).toBe(78);
  });

  it('keeps what is planned, whatever its letters', async (t) => {
    const { run, stager, startNode } = await withUpgrades(t, 'V2');
    await startNode();
    t.expect(await stager(['prune', '--keep', '0'])).toMatchObject({
      code: 0,
      stdout: 'removed v4, of height 40\nremoved v3, of height 30\n',
    });
    t.expect(await upgradesOf(run)).toEqual(['v2', 'v5', 'v6']);
  });

  it('removes nothing while the node does not say what is planned', async (t) => {
    const { run, stager } = await withUpgrades(t);
    const { code, stdout, stderr } = await stager(['prune', '--keep', '0']);
    t.expect([code, stdout]).toEqual([74, '']);
    t.expect(stderr).toContain('Error: nothing was removed: what the chain plans is not known');
    t.expect(await upgradesOf(run)).toEqual(['v2', 'v3', 'v4', 'v5', 'v6']);
  });
});

const seed = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));

describe(`prune that is killed at a random time (KILL_SEED=${seed})`, () => {
  it(
    'shows each upgrade whole or not at all, and what it left is gone with the next run',
    { timeout: 300_000 },
    async (t) => {
      const { run, stager, start, startNode } = await withUpgrades(t);
      await startNode();
      const files = 500;
      for (const time of killTimes({ count: 12, seed, within: 1200 })) {
        for (const name of ['v2', 'v3', 'v4']) {
          await run.stage(name);
          await mkdir(run.at('upgrades', name, 'extra'), { recursive: true });
          for (let file = 0; file < files; file += 1)
            await writeFile(run.at('upgrades', name, 'extra', String(file)), '');
          await writeFile(
            run.at('upgrades', name, 'upgrade-info.json'),
            JSON.stringify({ name, height: Number(name.slice(1)) * 10 }),
          );
        }
        const killed = start(['prune', '--keep', '0']);
        await sleep(time);
        killed.kill('SIGKILL');
        await killed.ended;
        const left = await upgradesOf(run);
        t.expect(left).toEqual(t.expect.arrayContaining(['v5', 'v6']));
        for (const name of left.filter((each) => each < 'v5')) {
          t.expect(await readdir(run.at('upgrades', name, 'extra'))).toHaveLength(files);
          await access(join(run.at('upgrades', name), 'bin/palomad'));
        }
        t.expect((await stager(['prune', '--keep', '0'])).code).toBe(0);
        t.expect(await upgradesOf(run)).toEqual(['v5', 'v6']);
        // Where all was moved aside before, it is the next `stage` that clears up.
        t.expect(await stager(['stage'])).toEqual(silent);
        t.expect(await readdir(run.at('.chainvisor/removed')).catch(() => [])).toEqual([]);
      }
    },
  );
});
