import { beforeEach, describe, expect, it, vi } from 'vitest';
import { watchProgress } from '../src/supervise/progress.js';
import { makeWorld, putBinary, type World } from './helpers/context.js';
import { upgradeRecord } from './helpers/records.js';

const reading = (stored: number, application: number | undefined, catchingUp = false) => ({
  stored,
  application,
  catchingUp,
});

async function switched(): Promise<World> {
  const world = await makeWorld();
  await world.ctx.journal.append(upgradeRecord('switched'));
  return world;
}

const steps = ({ ctx }: World) => ctx.journal.history().unverified;

describe('an upgrade', () => {
  it('is verified once, when the application has reached its height', async () => {
    const world = await switched();
    const progress = watchProgress(world.ctx, 'upgrades/v2');
    for (const told of [reading(10, undefined), reading(10, 9), reading(12, 9)]) {
      progress.read(told);
      expect(progress.verifying()).toBe(true);
    }
    expect(world.said).toEqual([]);
    progress.read(reading(10, 10));
    expect(progress.verifying()).toBe(false);
    expect(steps(world)).toBeUndefined();
    progress.read(reading(11, 11));
    progress.close();
    expect(world.said).toMatchObject([
      {
        level: 'info',
        message: expect.stringContaining('upgrade verified') as string,
        fields: { plan: 'v2', height: 10, application: 10 },
      },
    ]);
    expect(watchProgress(world.ctx, 'upgrades/v2').verifying()).toBe(false);
  });

  it('is verified by a later plan that is due: every block before was executed', async () => {
    const world = await switched();
    const progress = watchProgress(world.ctx, 'upgrades/v2');
    progress.passed(10);
    expect(progress.verifying()).toBe(true);
    progress.passed(11);
    expect(progress.verifying()).toBe(false);
  });

  it('is not verified where the node goes before: the next start looks again', async () => {
    const world = await switched();
    watchProgress(world.ctx, 'upgrades/v2').close();
    expect(world.said).toMatchObject([{ level: 'warn', fields: { plan: 'v2', height: 10 } }]);
    expect(steps(world)).toBeDefined();
    expect(watchProgress(world.ctx, 'upgrades/v2').verifying()).toBe(true);
  });

  it('whose binary ends by itself before is spoken of once, with the path to mend', async () => {
    const world = await switched();
    const progress = watchProgress(world.ctx, 'upgrades/v2');
    progress.ended();
    progress.close();
    expect(world.said).toHaveLength(1);
    expect(world.said[0]).toMatchObject({ level: 'error', fields: { plan: 'v2', height: 10 } });
    expect(world.said[0]?.fields?.['do']).toContain(`${world.layout.upgrades}/v2/bin/palomad`);
    expect(steps(world)).toBeDefined();
  });

  it('is nothing to speak of where there is none', async () => {
    const world = await makeWorld();
    const progress = watchProgress(world.ctx, 'genesis');
    expect(progress.verifying()).toBe(false);
    progress.read(reading(10, 10));
    progress.passed(10);
    progress.ended();
    progress.close();
    expect(world.said).toEqual([]);
  });
});

it('the application is asked while something is to be verified, or the height stands still', async () => {
  const idle = watchProgress((await makeWorld()).ctx, 'genesis');
  expect(idle.wantApplication(10, undefined)).toBe(false);
  expect(idle.wantApplication(10, reading(9, undefined))).toBe(false);
  expect(idle.wantApplication(10, reading(10, undefined))).toBe(true);
  const verifying = watchProgress((await switched()).ctx, 'upgrades/v2');
  expect(verifying.wantApplication(10, undefined)).toBe(true);
});

describe('a node', () => {
  const stuckTime = 30_000;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    return () => vi.useRealTimers();
  });

  async function watched() {
    const world = await makeWorld();
    const progress = watchProgress(world.ctx, 'upgrades/v1');
    const readAt = (time: number, ...told: Parameters<typeof reading>) => {
      vi.setSystemTime(time);
      progress.read(reading(...told));
    };
    return { readAt, said: world.said, layout: world.layout };
  }

  /** The directory is listed before a line is said. */
  const lines = (said: readonly unknown[], count: number) =>
    vi.waitFor(() => expect(said).toHaveLength(count), { timeout: 20_000 });

  it('is stuck where its application stays behind for the stuck time; said ever more seldom', async () => {
    const { readAt, said, layout } = await watched();
    readAt(0, 10, 9);
    readAt(stuckTime - 1, 10, 9);
    expect(said).toEqual([]);
    readAt(stuckTime, 10, 9);
    await lines(said, 1);
    expect(said).toMatchObject([
      { level: 'error', fields: { stored: 10, application: 9, for: '30s', runs: 'upgrades/v1' } },
    ]);
    expect(said[0]?.fields?.['do']).toContain(`put the right one at ${layout.upgrades}/<name>/bin/palomad`);
    for (let time = stuckTime; time <= 8 * stuckTime; time += 500) readAt(time, 10, 9);
    await lines(said, 4);
    expect(said.map(({ fields }) => fields?.['for']).sort()).toEqual(['120s', '240s', '30s', '60s']);
  });

  it('that is stuck may be given what else is staged by then', async () => {
    const { readAt, said, layout } = await watched();
    readAt(0, 10, 9);
    await putBinary(`${layout.genesis}/bin/palomad`);
    await putBinary(`${layout.upgrades}/v2/bin/palomad`);
    readAt(stuckTime, 10, 9);
    await lines(said, 1);
    expect(said[0]?.fields?.['do']).toMatch(
      /stop chainvisor, type chainvisor use <name>, with one of genesis, v2, and start it again$/,
    );
  });

  it.each<[string, Parameters<typeof reading>]>([
    ['executes the block', [10, 10]],
    ['stores another block', [11, 10]],
    ['catches up', [10, 9, true]],
    ['is not asked, or does not answer', [10, undefined]],
  ])('is not stuck where it %s in between', async (_, between) => {
    const { readAt, said } = await watched();
    readAt(0, 10, 9);
    readAt(stuckTime - 1000, ...between);
    readAt(stuckTime - 500, 10, 9);
    readAt(2 * stuckTime - 1000, 10, 9);
    expect(said).toEqual([]);
    readAt(2 * stuckTime - 500, 10, 9);
    await lines(said, 1);
    expect(said[0]?.fields).toMatchObject({ for: '30s' });
  });

  it('that goes on and is stuck again is spoken of again', async () => {
    const { readAt, said } = await watched();
    readAt(0, 10, 9);
    readAt(stuckTime, 10, 9);
    await lines(said, 1);
    readAt(stuckTime + 1, 11, 11);
    readAt(stuckTime + 2, 12, 11);
    readAt(2 * stuckTime + 2, 12, 11);
    await lines(said, 2);
    expect(said.map(({ fields }) => fields?.['stored'])).toEqual([10, 12]);
  });
});
