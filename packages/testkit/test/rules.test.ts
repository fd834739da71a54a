import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventsOf, fakeHome, plain, PLAN, PROFILES, start, untilEvent, untilHeight, v2 } from './support.ts';

describe.each(PROFILES)('a binary of SDK %s on the wrong side of its height', (profile) => {
  test('too early, with the plan stored, is stuck alive one block ahead; the old one recovers', async () => {
    const home = await fakeHome(profile, { plans: [{ ...PLAN, height: 20 }], scheduleLead: 'start' });
    const old = start(home);
    await untilHeight(home, 3);
    await old.stop();
    const early = start(home, await home.stage('v2', v2(profile)));
    expect((await untilEvent(home, 'stuck')).reason).toBe(
      `BINARY UPDATED BEFORE TRIGGER! UPGRADE "v2" - in binary but not executed on chain${profile === '0.45' ? '' : '. Downgrade your binary'}`,
    );
    const status = await home.status();
    expect(status?.height).toBe((status?.appHeight ?? 0) + 1);
    expect(await eventsOf(home, 'file')).toEqual([]);
    expect((await early.stop()).code).toBe(0);
    const again = start(home);
    await untilEvent(home, 'halt', again.pid);
    await again.stop();
  });

  test('too old for an applied upgrade is stuck at its first block', async () => {
    const home = await fakeHome(profile, { applied: [{ name: 'v2', height: 90 }], startHeight: 100 });
    const node = start(home);
    expect((await untilEvent(home, 'stuck')).reason).toBe(
      `${profile >= '0.50' ? 'wrong' : 'Wrong'} app version 0, upgrade handler is missing for v2 upgrade plan`,
    );
    expect(await home.status()).toMatchObject({ height: 100, appHeight: 99 });
    await node.stop();
    // Started again it meets the same in the handshake.
    expect((await start(home).ended).code).toBe(profile >= '0.50' ? 1 : 2);
  });
});

test('a binary too new runs where no plan is stored yet', async () => {
  const home = await fakeHome('0.50');
  const node = start(home, await home.stage('v2', v2('0.50')));
  await untilHeight(home, 4);
  expect((await node.stop()).code).toBe(0);
});

test('a plan that is added while the node runs stops it', async () => {
  const home = await fakeHome('0.50');
  const node = start(home);
  const { height } = await untilEvent(home, 'block');
  await home.schedule({ name: 'v2', height: height + 30 });
  expect(await untilEvent(home, 'halt')).toMatchObject({ name: 'v2', height: height + 30 });
  await node.stop();
});

describe('the upgrade-info file at start', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['empty', ''],
    ['cut', '{"name":"v2","time":"0001-01-01T00:00:00Z","hei'],
    ['not JSON', 'v2 at 6'],
    ['a string height', '{"name":"v2","height":"6"}'],
    ['no plan', '{}'],
  ];
  test.each(broken)('%s stops old and new binary with a panic before RPC', async (_, text) => {
    const home = await fakeHome('0.50');
    writeFileSync(home.infoFile, text);
    for (const path of [home.genesisBinary, await home.stage('v2', v2('0.50'))]) {
      const { code, stderr } = await start(home, path).ended;
      expect(code).toBe(2);
      expect(stderr).toContain('panic: failed to read upgrade info from disk: ');
    }
    expect(await eventsOf(home, 'open')).toEqual([]);
  });

  test('is not validated up to 0.47 beyond its types, nor read by a binary that does not', async () => {
    const home = await fakeHome('0.47');
    writeFileSync(home.infoFile, '{}');
    const node = start(home);
    await untilHeight(home, 2);
    await node.stop();
    writeFileSync(home.infoFile, '');
    await home.install(home.genesisBinary, { profile: '0.47', version: 'v1', readsInfo: false });
    const careless = start(home);
    await untilEvent(home, 'block', careless.pid);
    expect((await careless.stop()).code).toBe(0);
  });
});

describe('a chain of which each upgrade brings a store', () => {
  const chain = { plans: [PLAN], stores: true };

  test('is taken over with the file, and refused without it until the old binary wrote it again', async () => {
    const home = await fakeHome('0.50', chain);
    const next = await home.stage('v2', v2('0.50'));
    const old = start(home);
    await untilEvent(home, 'halt');
    await old.stop();
    rmSync(home.infoFile);
    const refused = await start(home, next).ended;
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      "panic: error loading last version: failed to load latest version: version of store store_of_v2 mismatch root store's version; expected 5 got 0; new stores should be added using StoreUpgrades",
    );
    await start(home).ended;
    const node = start(home, next);
    await untilHeight(home, 8);
    await node.stop();
    // From here on the store is there, file or not.
    rmSync(home.infoFile);
    const later = start(home, next);
    await untilEvent(home, 'block', later.pid);
    await later.stop();
  });

  test.each([
    ['0.45', 1, /^failed to load latest version: version of store/, ''],
    ['0.47', 1, /error on loading last version/, ''],
    ['0.50', 2, /^$/, 'panic: error loading last version'],
  ] as const)('refuses a binary before its height as SDK %s does', async (profile, code, stdout, stderr) => {
    const home = await fakeHome(profile, { ...chain, log: 'json', plans: [{ ...PLAN, height: 50 }] });
    const old = start(home);
    await untilHeight(home, 2);
    await old.stop();
    const early = await start(home, await home.stage('v2', v2(profile))).ended;
    expect(early.code).toBe(code);
    expect(early.stdout).toMatch(stdout);
    expect(early.stderr).toContain(stderr);
  });
});

describe('a migration', () => {
  const halted = async (profile: (typeof PROFILES)[number], migration: object) => {
    const home = await fakeHome(profile, { plans: [PLAN] });
    const old = start(home);
    await untilEvent(home, 'halt');
    await old.stop();
    const path = await home.stage('v2', v2(profile, { migration }));
    return { home, path };
  };

  test.each([
    ['0.45', 'error', 2],
    ['0.47', 'error', 2],
    ['0.50', 'error', 1],
    ['0.50', 'panic', 2],
  ] as const)(
    'of SDK %s that ends in %s exits %i, commits nothing, and a good binary succeeds',
    async (profile, fail, code) => {
      const { home, path } = await halted(profile, { fail });
      expect((await start(home, path).ended).code).toBe(code);
      const good = start(home, await home.stage('v2', v2(profile)));
      expect(await untilEvent(home, 'applied')).toMatchObject({ pid: good.pid });
      await untilHeight(home, 7);
      await good.stop();
    },
  );

  test('keeps RPC closed, and SIGTERM is honoured at its end from 0.50 on', async () => {
    const { home, path } = await halted('0.50', { time: 400 });
    const node = start(home, path);
    await untilEvent(home, 'migrating', node.pid);
    expect(await home.status()).toBeUndefined();
    expect((await node.stop()).code).toBe(0);
    expect(await eventsOf(home, 'applied')).toHaveLength(1);
    expect((await eventsOf(home, 'block')).at(-1)).toMatchObject({ height: 6, pid: node.pid });
    expect((await eventsOf(home, 'open')).filter(({ pid }) => pid === node.pid)).toEqual([]);
  });

  test.each(['0.45', '0.47'] as const)('of SDK %s is killed by SIGTERM and applied again', async (profile) => {
    const { home, path } = await halted(profile, { time: 60_000 });
    const node = start(home, path);
    await untilEvent(home, 'migrating', node.pid);
    expect(await node.stop()).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(await eventsOf(home, 'applied')).toEqual([]);
  });

  test('of SDK 0.47 is left unfinished with code 0 once the outer handler is there', async () => {
    const { home, path } = await halted('0.47', { time: 60_000 });
    await home.setChain({ outerSignalAfter: 1 });
    const node = start(home, path);
    await untilEvent(home, 'migrating', node.pid);
    expect(await node.stop()).toMatchObject({ code: 0, signal: null });
    expect(await eventsOf(home, 'applied')).toEqual([]);
  });

  test('that was killed is applied again', async () => {
    const { home, path } = await halted('0.53', { time: 500 });
    const killed = start(home, path);
    await untilEvent(home, 'migrating', killed.pid);
    await killed.stop('SIGKILL');
    const node = start(home, path);
    expect(await untilEvent(home, 'applied', node.pid)).toMatchObject({ height: 6 });
    await untilHeight(home, 7);
    await node.stop();
  });

  test('that fails in consensus leaves a zombie', async () => {
    const home = await fakeHome(
      '0.50',
      { plans: [PLAN], scheduleLead: 1 },
      { handlers: ['v2'], migration: { fail: 'error' } },
    );
    const node = start(home);
    expect((await untilEvent(home, 'stuck')).reason).toBe('migration failed on request');
    expect(plain((await node.stop()).stdout)).toContain(
      'CONSENSUS FAILURE!!! err="failed to apply block; error migration failed on request"',
    );
  });
});
