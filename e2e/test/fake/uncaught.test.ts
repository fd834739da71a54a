import { type FaultPointName, processesUnder } from '@chainvisor/testkit';
import { describe, it, type TestContext, vi } from 'vitest';

import { livesOf } from '../../src/fake-facts.ts';
import { endLeftovers, leaveBehind, leftBehind, leftoversOf, wrapGenesis } from '../../src/fake-leftovers.ts';
import { chain, expectNextFinishes, expectNextWorks, heardBy, startWithFault } from '../../src/fake-phases.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { currentOf, type Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh', DAEMON_RESTART_DELAY: '50ms' };

async function prepared(t: TestContext, more: object = {}): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { ...chain, ...more } });
  await run.stage('v2', { preUpgrade: 0 });
  await writeScript(run.at('pre.sh'), 'exit 0');
  return run;
}

/** The end over a bug: code 70 with the word, the stack, and nobody left behind. */
async function expectBug(t: TestContext, run: FakeRun, supervisor: Supervisor, point: string): Promise<void> {
  t.expect(await supervisor.ended).toEqual({ code: 70, signal: null });
  const stack = `Error: fault at ${point}\n(?:    at .*\n)+`;
  t.expect(supervisor.log()).toMatch(new RegExp(`\nError: this is a bug of chainvisor, please report it\n${stack}$`));
  t.expect(await processesUnder(run.home.dir)).toEqual([]);
}

interface Case {
  readonly point: FaultPointName;
  readonly passing?: number;
  /** Which binary `current` names after the end, none before the first look; absent where the switch may or may not have come first. */
  readonly current?: 'none' | 'genesis' | 'upgrades/v2';
  /** Whose node has been asked to end because of it, counted from 1; none where none lived. */
  readonly asked?: number;
  /** Which were started in all, with those of the next start. */
  readonly starts: readonly string[];
}

const cases: readonly Case[] = [
  { point: 'locked', current: 'none', starts: ['v1', 'v2'] },
  { point: 'cleared', current: 'none', starts: ['v1', 'v2'] },
  { point: 'detected-recorded', current: 'genesis', asked: 1, starts: ['v1', 'v2'] },
  { point: 'stopping', current: 'genesis', asked: 1, starts: ['v1', 'v2'] },
  { point: 'stopped', current: 'genesis', starts: ['v1', 'v2'] },
  { point: 'delayed', current: 'genesis', starts: ['v1', 'v2'] },
  { point: 'binary-checked', current: 'genesis', starts: ['v1', 'v2'] },
  { point: 'script-begun', current: 'genesis', starts: ['v1', 'v2'] },
  { point: 'script-ran', current: 'genesis', starts: ['v1', 'v2'] },
  { point: 'pre-upgrade-ran', starts: ['v1', 'v2'] },
  { point: 'switched', current: 'upgrades/v2', starts: ['v1', 'v2'] },
  { point: 'verifying', current: 'upgrades/v2', asked: 2, starts: ['v1', 'v2', 'v2'] },
  { point: 'verified', current: 'upgrades/v2', asked: 2, starts: ['v1', 'v2', 'v2'] },
];

describe.concurrent('an error that nobody has caught', () => {
  it.for(cases)('at $point ends us with code 70, after the node', async ({ point, current, asked, starts }, t) => {
    const run = await prepared(t);
    const { supervisor } = startWithFault(run, { point, action: 'throw' }, env);
    await expectBug(t, run, supervisor, point);
    const found = await currentOf(run.home.home).catch(() => 'none');
    t.expect(found).toBe(current ?? found);
    const lives = livesOf(await run.home.events());
    t.expect(lives.filter(({ code }) => code !== 0)).toEqual([]);
    if (asked !== undefined) {
      const heard = await heardBy(run, asked);
      t.expect(new Set(heard)).toEqual(new Set(['SIGTERM']));
      t.expect(heard.length).toBeLessThanOrEqual(2);
    }
    await expectNextFinishes(t, run, starts, env);
  });

  const starting = (['starting', 'started', 'start-recorded'] as const).flatMap((point) =>
    [1, 2].map((nth) => ({ point, nth })),
  );
  it.for(starting)('at $point of node $nth ends us with code 70, after the node', async ({ point, nth }, t) => {
    const run = await prepared(t);
    const { supervisor } = startWithFault(run, { point, passing: nth, action: 'throw' }, env);
    await expectBug(t, run, supervisor, point);
    t.expect(await currentOf(run.home.home)).toBe(nth === 1 ? 'genesis' : 'upgrades/v2');
    // It may have died before its first line.
    const before = livesOf(await run.home.events()).map(({ version }) => version);
    t.expect(before.length).toBeLessThanOrEqual(nth);
    t.expect(supervisor.log()).not.toContain('killing it');
    await expectNextFinishes(t, run, [...before, ...(nth === 1 ? ['v1', 'v2'] : ['v2'])], env);
  });

  it('while the node works: it is asked to end, and has the time that it takes', async (t) => {
    const run = await prepared(t, { shutdown: 1500 });
    const { supervisor } = startWithFault(run, { point: 'detected', action: 'throw' }, env);
    await expectBug(t, run, supervisor, 'detected');
    t.expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);
    await run.home.setChain({ shutdown: 0 });
    await expectNextFinishes(t, run, ['v1', 'v2'], env);
  });

  it.for(['verifying', 'detected'] as const)(
    'is no way out for a node that ignores SIGTERM: at %s',
    async (point, t) => {
      const run = await prepared(t, { ignoreSigterm: true });
      const { supervisor } = startWithFault(
        run,
        { point, action: 'throw' },
        { ...env, DAEMON_SHUTDOWN_GRACE: '300ms' },
      );
      await expectBug(t, run, supervisor, point);
      t.expect(supervisor.log()).toContain('the node did not stop within its grace: killing it');
      const nth = point === 'verifying' ? 2 : 1;
      const heard = await heardBy(run, nth);
      t.expect(heard.length).toBeGreaterThanOrEqual(1);
      t.expect(heard.length).toBeLessThanOrEqual(2);
      await run.home.setChain({ ignoreSigterm: false });
      if (point === 'verifying') await expectNextWorks(t, run, ['v1', 'v2', 'v2'], env);
      else await expectNextFinishes(t, run, ['v1', 'v2'], env);
    },
  );

  it.for(['detected', 'stopped', 'delayed', 'verifying'] as const)(
    'leaves nobody behind who left the session of a node: at %s',
    async (point, t) => {
      const run = await prepared(t);
      await wrapGenesis(run, leaveBehind(leftoversOf(run)));
      endLeftovers(t, run);
      const { supervisor } = startWithFault(run, { point, action: 'throw' }, env);
      await leftBehind(run);
      await expectBug(t, run, supervisor, point);
    },
  );

  it.for([
    { point: 'started', nth: 1 },
    { point: 'start-recorded', nth: 2 },
    { point: 'detected-recorded', nth: 1 },
  ] as const)(
    'where it is thrown in the middle of a step, at $point, leaves no node behind',
    async ({ point, nth }, t) => {
      const run = await prepared(t);
      const { supervisor } = startWithFault(run, { point, passing: nth, action: 'throw-sync' }, env);
      await expectBug(t, run, supervisor, point);
      const before = livesOf(await run.home.events()).map(({ version }) => version);
      await expectNextFinishes(t, run, [...before, ...(nth === 1 && point === 'started' ? ['v1', 'v2'] : ['v2'])], env);
    },
  );
});
