import { existsSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Profile } from '../src/index.ts';
import { eventsOf, fakeHome, plain, PLAN, PROFILES, start, untilEvent, untilHeight, v2 } from './support.ts';

const TIME = '"time":"0001-01-01T00:00:00Z",';
const files: Readonly<Record<Profile, string>> = {
  '0.45': `{"name":"v2","height":6,"info":"\\u003ca href=\\"x\\"\\u003e \\u0026 ü"}`,
  '0.47': `{"name":"v2",${TIME}"height":6,"info":"\\u003ca href=\\"x\\"\\u003e \\u0026 ü"}`,
  '0.50': `{"name":"v2",${TIME}"height":6,"info":"\\u003ca href=\\"x\\"\\u003e \\u0026 ü"}`,
  '0.53': `{"name":"v2",${TIME}"height":6,"info":"\\u003ca href=\\"x\\"\\u003e \\u0026 ü"}`,
};
const exitOnHaltedData: Readonly<Record<Profile, number>> = { '0.45': 2, '0.47': 2, '0.50': 1, '0.53': 1 };

describe.each(PROFILES)('a node of SDK %s at its upgrade height', (profile) => {
  test('writes the file with exact bytes and mode, and stays alive one block ahead of its application', async () => {
    const home = await fakeHome(profile, { plans: [{ ...PLAN, info: '<a href="x"> & ü' }] });
    const node = start(home);
    expect(await untilEvent(home, 'halt')).toMatchObject({ height: 6, name: 'v2', as: 'zombie', pid: node.pid });
    expect(readFileSync(home.infoFile, 'utf8')).toBe(files[profile]);
    expect(statSync(home.infoFile).mode & 0o777).toBe(0o600);
    expect(await home.status()).toEqual({ height: 6, appHeight: 5, nodeId: home.nodeId, catchingUp: false });
    expect(JSON.parse(readFileSync(`${home.home}/data/priv_validator_state.json`, 'utf8'))).toMatchObject({
      height: '6',
      step: 3,
    });
    const { code, stdout, stderr } = await node.stop();
    expect(code).toBe(0);
    const [log, other] = profile === '0.45' ? [stderr, stdout] : [stdout, stderr];
    expect(log).toContain('\u001b[31mERR\u001b[0m UPGRADE "v2" NEEDED at height: 6: <a href="x"> & ü');
    expect(plain(log)).toMatch(
      /CONSENSUS FAILURE!!! err="(failed to apply block; error )?UPGRADE \\"v2\\" NEEDED at height: 6: /,
    );
    expect(plain(log).includes('failed to apply block')).toBe(profile >= '0.50');
    expect(other).toBe('');
    expect(await eventsOf(home, 'block')).toHaveLength(5);
  });

  test('started again on halted data writes the file anew and ends before RPC opens', async () => {
    const home = await fakeHome(profile, { plans: [PLAN] });
    const first = start(home);
    await untilEvent(home, 'halt');
    await first.stop();
    const text = readFileSync(home.infoFile, 'utf8');
    rmSync(home.infoFile);
    const again = start(home);
    const { code, stderr } = await again.ended;
    expect(code).toBe(exitOnHaltedData[profile]);
    expect(stderr).toContain(
      code === 1
        ? 'error during handshake: error on replay: UPGRADE "v2" NEEDED at height: 6: '
        : 'panic: UPGRADE "v2" NEEDED at height: 6: ',
    );
    expect(readFileSync(home.infoFile, 'utf8')).toBe(text);
    expect((await eventsOf(home, 'open')).map((event) => event.pid)).toEqual([first.pid]);
    expect((await eventsOf(home, 'halt')).map((event) => event.as)).toEqual(['zombie', 'handshake']);
  });

  test.each(['there', 'deleted'])('leaves data that the new binary takes over, the file %s', async (file) => {
    const home = await fakeHome(profile, { plans: [PLAN, { name: 'v3', height: 12 }] });
    const old = start(home);
    await untilEvent(home, 'halt');
    await old.stop();
    const before = statSync(home.infoFile);
    if (file === 'deleted') rmSync(home.infoFile);
    const node = start(home, await home.stage('v2', v2(profile)));
    expect(await untilEvent(home, 'applied')).toMatchObject({ height: 6, name: 'v2', version: 'v2.0.0' });
    await untilHeight(home, 8);
    if (file === 'there') expect(statSync(home.infoFile).mtimeMs).toBe(before.mtimeMs);
    else expect(existsSync(home.infoFile)).toBe(false);
    const { code, stdout, stderr } = await node.stop();
    expect(code).toBe(0);
    expect(plain(stdout + stderr)).toContain('applying upgrade "v2" at height: 6');
  });

  test('crashes where it block-syncs', async () => {
    const home = await fakeHome(profile, { plans: [PLAN], mode: 'blocksync' });
    const { code, stderr } = await start(home).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(
      profile >= '0.50'
        ? /panic: Failed to process committed block \(6:[0-9A-F]{64}\): UPGRADE "v2" NEEDED/
        : /panic: UPGRADE "v2" NEEDED/,
    );
    expect(existsSync(home.infoFile)).toBe(true);
  });

  test('goes on where the height is skipped, and says so', async () => {
    const home = await fakeHome(profile, { plans: [PLAN] });
    const node = start(home, home.genesisBinary, '--unsafe-skip-upgrades', '3,6');
    await untilHeight(home, 9);
    const { stdout, stderr } = await node.stop();
    expect(plain(stdout + stderr)).toContain('UPGRADE "v2" SKIPPED at 6: ');
    expect(existsSync(home.infoFile)).toBe(false);
    expect(await eventsOf(home, 'skipped')).toHaveLength(1);
  });
});

test.each([
  [['--unsafe-skip-upgrades=6']],
  [['--unsafe-skip-upgrades', '1', '--unsafe-skip-upgrades=6']],
  [['--unsafe-skip-upgrades=[5,6]']],
])('understands the skip heights of %j', async (args) => {
  const home = await fakeHome('0.50', { plans: [PLAN] });
  const node = start(home, home.genesisBinary, ...args);
  await untilHeight(home, 7);
  expect((await node.stop()).code).toBe(0);
});

test('with a write gap a reader sees the file empty, then half of it, then whole', async () => {
  const home = await fakeHome('0.50', { plans: [PLAN], writeGap: 150 });
  const sizes = new Set<number>();
  writeFileSync(home.infoFile, '{"name":"v1","time":"0001-01-01T00:00:00Z","height":1}');
  const watcher = watch(dirname(home.infoFile), () => sizes.add(statSync(home.infoFile).size));
  onTestFinished(() => watcher.close());
  const node = start(home);
  await untilEvent(home, 'halt');
  const { size } = statSync(home.infoFile);
  expect([...sizes]).toEqual(expect.arrayContaining([0, size >> 1, size]));
  await node.stop();
});

describe('optimistic execution', () => {
  test('writes the file before the block is stored; killed there, both heights stay below it', async () => {
    const home = await fakeHome('0.50', { plans: [PLAN], optimistic: 60_000 });
    const node = start(home);
    await untilEvent(home, 'file');
    expect(await home.status()).toMatchObject({ height: 5, appHeight: 5 });
    expect(existsSync(home.infoFile)).toBe(true);
    await node.stop('SIGKILL');
    const next = start(home, await home.stage('v2', v2('0.50')));
    await untilEvent(home, 'open', next.pid);
    await untilHeight(home, 7);
    const kinds = (await home.events()).filter(({ pid }) => pid === next.pid).map(({ event }) => event);
    expect(kinds.indexOf('open')).toBeLessThan(kinds.indexOf('applied'));
    await next.stop();
  });

  test('left alone, stores the block and becomes the same zombie, the file written once', async () => {
    const home = await fakeHome('0.53', { plans: [PLAN], optimistic: 50 });
    const node = start(home);
    await untilEvent(home, 'halt');
    expect(await home.status()).toMatchObject({ height: 6, appHeight: 5 });
    expect(await eventsOf(home, 'file')).toHaveLength(1);
    expect((await node.stop()).code).toBe(0);
  });
});
