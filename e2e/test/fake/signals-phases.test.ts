import { describe, it, type TestContext, vi } from 'vitest';

import { livesOf } from '../../src/fake-facts.ts';
import {
  chain,
  endSignals,
  expectGoesOn,
  expectNextFinishes,
  expectOurEnd,
  heard,
  heardBy,
  startWithFault,
} from '../../src/fake-phases.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { expectEnd } from '../../src/fake-signals.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

/** A home with v2 staged. */
async function prepared(t: TestContext, more: { readonly shutdown?: number } = {}): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { ...chain, ...more } });
  await run.stage('v2');
  return run;
}

describe.concurrent('a signal before the first node', () => {
  const cases = (['locked', 'cleared'] as const).flatMap((point) =>
    endSignals.flatMap((signal) => [1, 2].map((times) => ({ point, signal, times }))),
  );

  it.for(cases)('ends us, and nothing is started: $signal at $point, $times', async ({ point, signal, times }, t) => {
    const run = await prepared(t);
    const { supervisor, passed } = startWithFault(run, { point, action: `signal:${signal}` });
    if (times === 2) {
      await passed();
      supervisor.kill(signal);
    }
    await expectOurEnd(t, run, supervisor, signal, []);
    t.expect(livesOf(await run.home.events())).toEqual([]);
    if (signal === 'SIGHUP' && times === 1) await expectNextFinishes(t, run, ['v1', 'v2']);
  });

  it.for(['locked', 'cleared'] as const)('does nothing where it asks for no end: SIGUSR1 at %s', async (point, t) => {
    const run = await prepared(t);
    const { supervisor, passed } = startWithFault(run, { point, action: 'signal:SIGUSR1' });
    await passed();
    await expectGoesOn(t, run, supervisor);
    t.expect(await heardBy(run, 1)).toEqual(['SIGTERM']);
    t.expect(await heardBy(run, 2)).toEqual(['SIGTERM']);
  });
});

describe.concurrent('a signal that comes twice while the node runs', () => {
  it.for(['SIGTERM', 'SIGINT'] as const)('reaches it twice: %s', async (signal, t) => {
    const run = await fakeRun(t, { chain: { shutdown: 2500 } });
    const supervisor = run.start();
    await run.reached(2);
    for (const count of [1, 2]) {
      supervisor.kill(signal);
      await heard(run, 1, count);
    }
    await expectEnd(t, run, supervisor, 0, [signal, signal]);
  });

  it.for(['SIGHUP', 'SIGUSR1'] as const)('reaches it twice, and it lives on: %s', async (signal, t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    await run.reached(2);
    for (const count of [1, 2]) {
      supervisor.kill(signal);
      await heard(run, 1, count);
    }
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 0, [signal, signal, 'SIGTERM']);
  });

  it('ends it at the first: SIGQUIT', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    await run.reached(2);
    supervisor.kill('SIGQUIT');
    supervisor.kill('SIGQUIT');
    await expectEnd(t, run, supervisor, 2, ['SIGQUIT']);
  });
});

describe.concurrent('a signal while the old node is being stopped for the upgrade', () => {
  it.for([
    { signal: 'SIGTERM', times: 1 },
    { signal: 'SIGTERM', times: 2 },
    { signal: 'SIGINT', times: 1 },
    { signal: 'SIGINT', times: 2 },
    // It ends the node at once.
    { signal: 'SIGQUIT', times: 1 },
  ] as const)('reaches the node, and the upgrade waits for the next start: $signal, $times', async (each, t) => {
    const { signal, times } = each;
    const run = await prepared(t, { shutdown: 2500 });
    const supervisor = run.start();
    await heard(run, 1, 1);
    for (let count = 1; count <= times; count++) {
      supervisor.kill(signal);
      await heard(run, 1, 1 + count);
    }
    await expectOurEnd(t, run, supervisor, signal, ['SIGTERM', ...Array<string>(times).fill(signal)]);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: signal === 'SIGQUIT' ? 2 : 0 }]);
    if (times === 1 && signal !== 'SIGTERM') await expectNextFinishes(t, run, ['v1', 'v2']);
  });

  it.for([
    { signal: 'SIGHUP', times: 1 },
    { signal: 'SIGHUP', times: 2 },
    { signal: 'SIGUSR1', times: 1 },
    { signal: 'SIGUSR1', times: 2 },
  ] as const)('reaches the node, and the upgrade goes on: $signal, $times', async ({ signal, times }, t) => {
    const run = await prepared(t, { shutdown: 2500 });
    const supervisor = run.start();
    await heard(run, 1, 1);
    await run.home.setChain({ shutdown: 0 });
    for (let count = 1; count <= times; count++) {
      supervisor.kill(signal);
      await heard(run, 1, 1 + count);
    }
    await expectGoesOn(t, run, supervisor);
    t.expect(await heardBy(run, 1)).toEqual(['SIGTERM', ...Array<string>(times).fill(signal)]);
    t.expect(await heardBy(run, 2)).toEqual(['SIGTERM']);
  });

  it('goes on where a hang-up ends the node itself, as SDK 0.45 does', async (t) => {
    const run = await fakeRun(t, { profile: '0.45', chain: { ...chain, shutdown: 2500 } });
    await run.stage('v2');
    const supervisor = run.start();
    await heard(run, 1, 1);
    await run.home.setChain({ shutdown: 0 });
    supervisor.kill('SIGHUP');
    await expectGoesOn(t, run, supervisor);
    t.expect(livesOf(await run.home.events())).toMatchObject([{ code: 'SIGHUP' }, { code: 0 }]);
  });
});

describe.concurrent('a signal between the end of the old node and the start of the new one', () => {
  const points = ['stopped', 'delayed', 'binary-checked', 'switched'] as const;
  const once = points.flatMap((point) => endSignals.map((signal) => ({ point, signal, times: 1 })));
  const twice = endSignals.map((signal, index) => ({ point: points[index] ?? 'stopped', signal, times: 2 }));

  it.for([...once, ...twice])('ends us: $signal at $point, $times', async ({ point, signal, times }, t) => {
    const run = await prepared(t);
    const { supervisor, passed } = startWithFault(run, { point, action: `signal:${signal}` });
    if (times === 2) {
      await passed();
      supervisor.kill(signal);
    }
    await expectOurEnd(t, run, supervisor, signal, ['SIGTERM']);
    t.expect(await currentOf(run.home.home)).toBe(point === 'switched' ? 'upgrades/v2' : 'genesis');
    t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);
    if (times === 2 || signal === 'SIGTERM') await expectNextFinishes(t, run, ['v1', 'v2']);
  });

  it.for(points)('does nothing where it asks for no end: SIGUSR1 at %s', async (point, t) => {
    const run = await prepared(t);
    const { supervisor, passed } = startWithFault(run, { point, action: 'signal:SIGUSR1' });
    await passed();
    await expectGoesOn(t, run, supervisor);
    t.expect(await heardBy(run, 1)).toEqual(['SIGTERM']);
    t.expect(await heardBy(run, 2)).toEqual(['SIGTERM']);
  });

  it('aborts the delay where the terminal hangs up, whoever sends it once more', async (t) => {
    const run = await prepared(t);
    const supervisor = run.start({ DAEMON_RESTART_DELAY: '10m' });
    await supervisor.saw(/waiting before the upgrade/);
    supervisor.kill('SIGHUP');
    supervisor.kill('SIGHUP');
    await expectOurEnd(t, run, supervisor, 'SIGHUP', ['SIGTERM']);
    await expectNextFinishes(t, run, ['v1', 'v2']);
  });
});
