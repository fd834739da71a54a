import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { tarArchive, waitFor } from '@chainvisor/testkit';
import { expect, it, type TestContext } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../src/real/checks.ts';
import { realRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';
import { checksumQuery, infoWith, releaseServer } from '../src/releases.ts';
import { nodePath, startAlone, stagerProgram } from '../src/stager.ts';

describeRealNodes('the stager beside a supervised node', (suite) => {
  it('sees the plan on chain, stages what its info names, says READY, and the upgrade happens with downloads off', async (t) => {
    const server = await releaseServer(t);
    const binary = await readFile(suite.binaries().v2);
    const entries = [
      { path: 'LICENSE', content: 'a licence' },
      { path: 'minid', content: binary, mode: 0o755 },
    ];
    const archive = gzipSync(tarArchive(entries), { level: 1 });
    const info = infoWith(server.serve('/v2/mini_Linux_x86_64.tar.gz', archive) + checksumQuery(archive));
    // Planned from block 5 on.
    const run = await realRun(suite, { plans: 'v2@85', scheduleLead: 80, planInfo: info });
    const stager = (args: readonly string[]) => stagerOf(t, run.home.path, args);

    const supervisor = run.start();
    await run.home.waitForHeight(1);
    // The chain has it a few blocks from here.
    const planned = await waitFor('the plan', async () => {
      const { code, stdout } = await stager(['check', '--output', 'json']);
      return code === 75 ? (JSON.parse(stdout) as object) : undefined;
    });
    expect(planned).toMatchObject({ ready: false, plan: { name: 'v2', height: 85 } });

    const staged = await stager(['stage']);
    expect(staged).toMatchObject({ code: 0, stderr: '' });
    expect(staged.stdout).toMatch(/^staged "v2" for height 85 in .*; named by the plan's info, any\n/);
    const sha256 = createHash('sha256').update(binary).digest('hex');
    expect(
      createHash('sha256')
        .update(await readFile(run.at('upgrades/v2/bin/minid')))
        .digest('hex'),
    ).toBe(sha256);
    expect(await stager(['stage'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const ready = await stager(['check']);
    expect([ready.code, ready.stdout.startsWith('READY: "v2" for height 85, in ')]).toEqual([0, true]);
    expect((await stager(['list'])).stdout).toMatch(/^current: genesis\nv2, runs, planned for height 85\n/);

    await supervisor.saw(/upgrade verified/u);
    await run.home.waitForHeight(86);
    expect((await stager(['list'])).stdout).toMatch(/^v2, runs, current, made at height 85\n/);
    await expectCleanStop(run, supervisor);
    await expectUpgraded(run, [{ name: 'v2', height: 85, info }]);
    expect((await stat(run.at('current/staged.json'))).isFile()).toBe(true);
  });
});

function stagerOf(t: TestContext, home: string, args: readonly string[]) {
  return startAlone(t, [nodePath, stagerProgram, ...args], { DAEMON_HOME: home, DAEMON_NAME: 'minid' }).ended;
}
