import { describe, expect, test } from 'vitest';
import type { FakeChain, Profile } from '../src/index.ts';
import { eventsOf, fakeHome, plain, start, untilEvent, untilHeight } from './support.ts';

type How = { code: number | null; signal: NodeJS.Signals | null };
const exits = (code: number): How => ({ code, signal: null });
const dies = (signal: NodeJS.Signals): How => ({ code: null, signal });

describe('a running node', () => {
  const table: readonly (readonly [Profile, NodeJS.Signals, How])[] = [
    ['0.45', 'SIGTERM', exits(0)],
    ['0.45', 'SIGINT', exits(0)],
    ['0.45', 'SIGQUIT', exits(2)],
    ['0.45', 'SIGHUP', dies('SIGHUP')],
    ['0.47', 'SIGTERM', exits(0)],
    ['0.47', 'SIGHUP', dies('SIGHUP')],
    ['0.50', 'SIGTERM', exits(0)],
    ['0.50', 'SIGINT', exits(0)],
    ['0.50', 'SIGQUIT', exits(2)],
    ['0.53', 'SIGTERM', exits(0)],
    ['0.53', 'SIGKILL', dies('SIGKILL')],
  ];
  test.each(table)('of SDK %s that gets %s ends as %j', async (profile, signal, how) => {
    const home = await fakeHome(profile);
    const node = start(home);
    await untilHeight(home, 1);
    const ended = await node.stop(signal);
    expect(ended).toMatchObject(how);
    if (signal === 'SIGQUIT') expect(ended.stderr).toContain('SIGQUIT: quit\n');
    const [end] = await eventsOf(home, 'end');
    expect(end?.code).toBe(signal === 'SIGKILL' ? undefined : (how.code ?? how.signal));
  });

  test.each([
    ['0.45', 'SIGUSR1'],
    ['0.50', 'SIGUSR1'],
    ['0.50', 'SIGUSR2'],
    ['0.50', 'SIGHUP'],
    ['0.53', 'SIGHUP'],
  ] as const)('of SDK %s goes on after %s', async (profile, signal) => {
    const home = await fakeHome(profile);
    const node = start(home);
    await untilHeight(home, 1);
    node.child.kill(signal);
    expect(await untilEvent(home, 'signal')).toMatchObject({ signal });
    const seen = (await eventsOf(home, 'block')).length;
    await untilHeight(home, seen + 3);
    const { code, stderr } = await node.stop();
    expect(code).toBe(0);
    expect(stderr).not.toContain('Debugger');
  });

  test('says how it stops', async () => {
    const home = await fakeHome('0.50');
    const node = start(home);
    await untilHeight(home, 1);
    expect(plain((await node.stop()).stdout)).toMatch(
      /INF caught signal module=server signal=terminated\n.*INF Stopping Node\n/,
    );
  });

  test('takes its time to stop, and a second signal changes nothing', async () => {
    const home = await fakeHome('0.50', { shutdown: 400 });
    const node = start(home);
    await untilHeight(home, 1);
    const before = performance.now();
    node.child.kill('SIGTERM');
    node.child.kill('SIGINT');
    expect((await node.stop()).code).toBe(0);
    expect(performance.now() - before).toBeGreaterThan(390);
  });

  test('may ignore SIGTERM, and is told about in the journal', async () => {
    const home = await fakeHome('0.50', { ignoreSigterm: true });
    const node = start(home);
    await untilHeight(home, 1);
    node.child.kill('SIGTERM');
    await untilEvent(home, 'signal');
    await untilHeight(home, (await eventsOf(home, 'block')).length + 3);
    expect(await node.stop('SIGKILL')).toMatchObject(dies('SIGKILL'));
  });
});

describe('a node that is still starting', () => {
  const starting = async (profile: Profile, chain: FakeChain) => {
    const home = await fakeHome(profile, chain);
    const node = start(home);
    await untilEvent(home, 'start');
    return { home, node };
  };

  test.each(['0.45', '0.47'] as const)('of SDK %s dies by the signal', async (profile) => {
    const { node } = await starting(profile, { startTime: 60_000 });
    expect(await node.stop()).toMatchObject(dies('SIGTERM'));
  });

  test('of SDK 0.45 does so while its servers are waited for, and the chain already runs', async () => {
    const { home, node } = await starting('0.45', { fullStartAfter: 60_000 });
    await untilHeight(home, 2);
    expect(await node.stop()).toMatchObject(dies('SIGTERM'));
  });

  test('of SDK 0.50 notes it and ends with code 0 when it is up', async () => {
    const { home, node } = await starting('0.50', { startTime: 300 });
    expect(await node.stop()).toMatchObject(exits(0));
    expect(await eventsOf(home, 'open')).toEqual([]);
  });
});
