import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { type FaultPointName, killTimes, killUnder, untilPlan, waitFor, watchNodes } from '@chainvisor/testkit';
import { expect, it, onTestFinished } from 'vitest';

import { expectCleanStop, startsOf, stepsOf } from '../src/real/checks.ts';
import { infoFile, nodeLog, realRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';
import { currentOf, faultsProgram, type Supervisor } from '../src/supervisor.ts';

const v2 = { name: 'v2', height: 5 };

async function prepared(suite: Parameters<typeof realRun>[0]) {
  const run = await realRun(suite, { plans: 'v2@5' });
  await run.stage('v2');
  const watch = await watchNodes({ path: run.home.path, daemon: run.home.daemon });
  onTestFinished(async () => {
    await watch.stop();
  });
  return { run, watch };
}

async function wasKilled(supervisor: Supervisor): Promise<void> {
  expect(await waitFor('the end of the supervisor', () => supervisor.end())).toEqual({ code: null, signal: 'SIGKILL' });
}

/** The next supervisor brings it to the end that an undisturbed one has: everything once, and nobody twice. */
async function expectSameEnd(
  { run, watch }: Awaited<ReturnType<typeof prepared>>,
  killed: Supervisor,
  { nodeKilled = false } = {},
): Promise<Supervisor> {
  const next = run.start();
  await waitFor('the record of the verification', async () => (await stepsOf(run, v2.name)).includes('verified'), {
    timeout: 60_000,
  });
  // All of it may be the work of the one that was killed: the next is stopped once its own node is at work.
  await waitFor('a block of the next node', () => nodeLog(next).includes('executed block'), { timeout: 60_000 });
  await run.home.waitForHeight(v2.height + 2);
  await expectCleanStop(run, next);
  const { overlaps, pids } = await watch.stop();
  expect(overlaps).toEqual([]);
  expect((await startsOf(run)).length).toBeLessThanOrEqual(pids.length);
  expect(await currentOf(run.home.path)).toBe('upgrades/v2');
  expect(await readFile(run.at('upgrades/v2/upgrade-info.json'), 'utf8')).toBe(infoFile(v2.name, v2.height));
  expect((await stepsOf(run, v2.name)).filter((step) => step === 'switched')).toHaveLength(1);
  const starts = (await startsOf(run)).map((target) => (target === 'genesis' ? 1 : 2));
  expect(starts).toEqual(starts.toSorted());
  expectExecutedOnce(killed, next, nodeKilled);
  return next;
}

/**
 * A node that is killed may have committed a block of which it could no longer tell; or told of a block it had not
 * committed yet: that one is replayed by the next node, to the same application hash.
 */
function expectExecutedOnce(killed: Supervisor, next: Supervisor, nodeKilled: boolean): void {
  const [before = [], after = []] = [killed, next].map((supervisor) =>
    [...nodeLog(supervisor).matchAll(/executed block app_hash=(\w+) height=(\d+)/gu)].map(([, hash, height]) => ({
      hash,
      height: Number(height),
    })),
  );
  const last = before.at(-1);
  if (nodeKilled && last?.height === after[0]?.height) expect(before.pop()).toEqual(after[0]);
  const heights = [...before, ...after].map(({ height }) => height);
  expect(heights).toEqual([...new Set(heights)].toSorted((a, b) => a - b));
  expect(heights.at(-1)).toBeGreaterThanOrEqual(v2.height);
  const missing = Array.from({ length: heights.at(-1) ?? 0 }, (_, index) => index + 1).filter(
    (height) => !heights.includes(height),
  );
  expect(missing.length).toBeLessThanOrEqual(1);
}

describeRealNodes('a supervisor that is killed', (suite) => {
  it.each<[FaultPointName, number]>([
    ['start-recorded', 1],
    ['detected', 1],
    ['stopping', 1],
    ['stopped', 1],
    ['pre-upgrade-ran', 1],
    ['plan-placed', 1],
    ['switched', 1],
    ['started', 2],
    ['verifying', 1],
  ])('at %s, passed %i times, leaves nothing that the next one does not bring to its end', async (point, passing) => {
    const prepare = await prepared(suite);
    const first = prepare.run.start({ FAULT_POINT: `${point}#${passing}:kill` }, faultsProgram);
    await wasKilled(first);
    const next = await expectSameEnd(prepare, first);
    // Whom it had left alive was asked to end, not killed. One just born ends of the signal before it can say a word.
    expect(next.log()).not.toMatch(/they did not stop within their grace/u);
    if (['detected', 'stopping'].includes(point)) {
      expect(nodeLog(first)).toMatch(/caught signal[^]*Closing application\.db/u);
    }
  });

  it.each(killTimes({ count: 6, seed: 4, within: 600 }).map((time, index) => [time, index % 2 === 0] as const))(
    '%i ms after the file, its node left alive (%s), leaves nothing either',
    async (time, nodeLeft) => {
      const prepare = await prepared(suite);
      const { run } = prepare;
      const first = run.start();
      const file = join(run.home.path, 'data/upgrade-info.json');
      await waitFor('the file', () => run.home.upgradeInfo(), { every: 1 });
      await untilPlan(file, v2.height);
      // Not a wait for anything: the very moment is what is tried.
      await pause(time);
      first.kill('SIGKILL');
      await wasKilled(first);
      if (!nodeLeft) await killUnder(run.home.path);
      await expectSameEnd(prepare, first, { nodeKilled: !nodeLeft });
    },
  );
});
