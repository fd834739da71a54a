import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { processesUnder, waitFor } from '@chainvisor/testkit';
import { execa } from 'execa';
import { expect, it } from 'vitest';

import { startBareNode } from '../src/real/bare-node.ts';
import type { RealHome } from '../src/real/home.ts';
import { describeRealNodes } from '../src/real/suite.ts';

const fileAt = (name: string, height: number): string =>
  `{"name":"${name}","time":"0001-01-01T00:00:00Z","height":${height}}`;

async function fileWrittenAt(home: RealHome): Promise<bigint> {
  return (await stat(join(home.path, 'data/upgrade-info.json'), { bigint: true })).mtimeNs;
}

/** Runs the binary until it halts at this height, and stops it: what the node of a supervisor leaves behind. */
async function haltWith(home: RealHome, binary: string, height: number): Promise<void> {
  const node = await startBareNode(home, binary);
  await home.waitForHalt(height);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
}

describeRealNodes('a bare node', ({ line, binaries, home: makeHome }) => {
  it('halts at each plan it has no handler for, says so in the file and over RPC, and goes on with the binary that has one', async () => {
    const home = await makeHome({ plans: 'v2@5,v3@9' });
    const genesis = join(home.path, 'cosmovisor/genesis/bin/minid');
    expect(await home.status()).toBeUndefined();
    expect(await home.upgradeInfo()).toBeUndefined();

    const v1 = await startBareNode(home, genesis);
    await home.waitForHalt(5);
    expect(await home.upgradeInfo()).toBe(fileAt('v2', 5));
    expect((await stat(join(home.path, 'data/upgrade-info.json'))).mode & 0o777).toBe(0o600);
    expect(await home.status()).toEqual({ height: 5, nodeId: home.nodeId, network: 'testchain-1', catchingUp: false });
    expect(await home.application()).toMatchObject({ height: 4 });
    await waitFor('the line about the halt', async () => (await v1.log()).includes('NEEDED at height: 5: '));
    expect(await v1.stop()).toEqual({ code: 0, signal: null });

    const first = await fileWrittenAt(home);
    const again = await startBareNode(home, genesis);
    expect(await again.ended).toEqual({ code: 1, signal: null });
    expect(await again.log()).toContain('error during handshake: error on replay: UPGRADE "v2" NEEDED at height: 5');
    const second = await fileWrittenAt(home);
    expect(second).toBeGreaterThan(first);
    expect(await home.upgradeInfo()).toBe(fileAt('v2', 5));

    const v2 = await startBareNode(home, await home.stage('v2', binaries().v2));
    await home.waitForHeight(6);
    expect(await v2.log()).toContain('applying upgrade "v2" at height: 5');
    expect(await fileWrittenAt(home)).toBe(second);
    await home.waitForHalt(9);
    expect(await home.upgradeInfo()).toBe(fileAt('v3', 9));
    expect(await v2.stop()).toEqual({ code: 0, signal: null });

    const v3 = await startBareNode(home, await home.stage('v3', binaries().v3));
    await home.waitForHeight(10);
    expect(await v3.stop()).toEqual({ code: 0, signal: null });
  });

  it('halts and goes on with optimistic execution too, and writes the info of the plan as Go escapes it', async () => {
    const info = '{"binaries":{"any":"http://127.0.0.1/a?b=<c>&d"}}';
    const home = await makeHome({ plans: 'v2@5', optimistic: true, planInfo: info });
    await haltWith(home, binaries().v1, 5);
    const written = (await home.upgradeInfo()) ?? '';
    expect(JSON.parse(written)).toEqual({ name: 'v2', time: '0001-01-01T00:00:00Z', height: 5, info });
    expect(written).toContain('\\u003cc\\u003e\\u0026d');

    const v2 = await startBareNode(home, binaries().v2);
    await home.waitForHeight(6);
    expect(await v2.stop()).toEqual({ code: 0, signal: null });
  });

  it('commits nothing of a failing migration, and answers no RPC while one takes its time', async () => {
    const home = await makeHome({ plans: 'v2@5', migrationFail: true, migrationSleep: '2s' });
    await haltWith(home, binaries().v1, 5);
    const failing = await startBareNode(home, binaries().v2, { TESTCHAIN_MIGRATION_SLEEP: '' });
    expect(await failing.ended).toEqual({ code: 1, signal: null });
    expect(await failing.log()).toContain('migration failed on request');

    const slow = await startBareNode(home, binaries().v2, { TESTCHAIN_MIGRATION_FAIL: '' });
    await waitFor('the migration to begin', async () => (await slow.log()).includes('applying upgrade "v2"'));
    expect(await home.status()).toBeUndefined();
    await home.waitForHeight(6);
    expect(await slow.stop()).toEqual({ code: 0, signal: null });
  });

  it('runs beside another home, and both homes leave neither process nor file behind', async () => {
    const homes = [await makeHome(), await makeHome({ daemon: 'palomad' })];
    for (const home of homes) {
      await startBareNode(home, join(home.path, 'cosmovisor/genesis/bin', home.daemon));
    }
    for (const home of homes) {
      await home.waitForHeight(2);
      expect(await home.status()).toMatchObject({ nodeId: home.nodeId });
      expect(await processesUnder(home.path)).toHaveLength(1);
    }
    expect(new Set(homes.map(({ nodeId }) => nodeId)).size).toBe(2);
    for (const home of homes) {
      await home.remove();
      expect(await processesUnder(home.path)).toEqual([]);
      await expect(access(home.path)).rejects.toThrow('ENOENT');
      expect(await home.status()).toBeUndefined();
    }
  });

  it('is built as three releases of its SDK line, and no copy in a home can harm the cached one', async () => {
    const home = await makeHome();
    for (const release of ['v1', 'v2', 'v3'] as const) {
      const cached = binaries()[release];
      const staged = await home.stage(release, cached);
      expect((await stat(staged)).ino).not.toBe((await stat(cached)).ino);
      const { stdout } = await execa(staged, ['version', '--long', '--output', 'json'], {
        env: home.env(),
        extendEnv: false,
      });
      const said = JSON.parse(stdout) as Record<string, unknown>;
      expect(said).toMatchObject({ name: 'testchain', server_name: 'minid', version: `${release}.0.0` });
      expect(said['cosmos_sdk_version']).toMatch(new RegExp(`^v${line.replace('.', '\\.')}\\.`, 'u'));
    }
  });
});
