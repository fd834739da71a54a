import { type FakeEvent, type FakePlan, type NodeWatch, waitFor } from '@chainvisor/testkit';
import { readFile } from 'node:fs/promises';
import type { ExpectStatic } from 'vitest';

import { infoOf, stepsOf } from './fake-checks.ts';
import { executions, livesOf, only } from './fake-facts.ts';
import type { FakeRun } from './fake-run.ts';
import { currentOf } from './supervisor.ts';

/** Resolves once the upgrade is on record as verified. */
export async function verifiedOnRecord(run: FakeRun, plan: FakePlan): Promise<void> {
  await waitFor(
    `the record of the verification of ${plan.name}`,
    async () => (await stepsOf(run, plan)).includes('verified'),
    { timeout: 90_000 },
  );
}

/**
 * Checks that a home whose supervisors were killed ended as an undisturbed one: every block executed once and by the right
 * version, every plan switched to once and in order, nothing failed, and no two nodes alive at any moment. `nodeKills`: how many
 * nodes may have been killed.
 */
export async function expectSameEnd(
  expect: ExpectStatic,
  run: FakeRun,
  plans: readonly FakePlan[],
  { watch, nodeKills }: { readonly watch: NodeWatch; readonly nodeKills: number },
): Promise<void> {
  const { home, profile } = run;
  const events = await home.events();
  await expectNeverTwo(expect, events, watch);
  expectEachBlockOnce(expect, events, plans, nodeKills);

  for (const plan of plans) {
    const steps = await stepsOf(run, plan);
    expect({ plan, switched: steps.filter((step) => step === 'switched').length }).toEqual({ plan, switched: 1 });
    expect(steps).not.toContain('failed');
    expect(steps).not.toContain('abandoned');
    const beside = await readFile(run.at('upgrades', plan.name, 'upgrade-info.json'), 'utf8');
    expect(beside).toBe(infoOf(profile, plan));
  }
  const last = plans.at(-1);
  if (last === undefined) throw new Error('no plan to check');
  expect(await readFile(home.infoFile, 'utf8')).toBe(infoOf(profile, last));
  expect(await currentOf(home.home)).toBe(`upgrades/${last.name}`);
  expect((await stepsOf(run, last)).at(-1)).toBe('verified');

  // Once left, a binary is never started again.
  const order = ['v1', ...plans.map(({ name }) => name)];
  const ran = livesOf(events).map(({ version }) => order.indexOf(version));
  expect(ran).toEqual(ran.toSorted((a, b) => a - b));
  const calledFrom = livesOf(events).map(({ version, path }) => [version, path]);
  expect(calledFrom).toEqual(
    livesOf(events).map(({ version }) => [
      version,
      version === 'v1' ? home.genesisBinary : run.at('upgrades', version, 'bin', home.daemon),
    ]),
  );
}

/** No two nodes were alive at once, and the watch has seen all of which that can be said. */
async function expectNeverTwo(expect: ExpectStatic, events: readonly FakeEvent[], watch: NodeWatch): Promise<void> {
  const { overlaps, pids } = await watch.stop();
  expect(overlaps).toEqual([]);
  expect(only(events, 'start').filter(({ pid }) => !pids.includes(pid))).toEqual([]);
  expect(only(events, 'lock-conflict')).toEqual([]);
  expect(only(events, 'nonblocking')).toEqual([]);
}

/**
 * Each height once, by the version whose it is. A node that is killed between a commit and its line has executed a block that
 * nobody tells: such a gap is one block long and lies between two nodes.
 */
function expectEachBlockOnce(
  expect: ExpectStatic,
  events: readonly FakeEvent[],
  plans: readonly FakePlan[],
  nodeKills: number,
): void {
  const executed = executions(events);
  const byOf = new Map(only(events, 'block').map(({ height, pid }) => [height, pid]));
  const versionAt = (height: number) => plans.findLast((plan) => plan.height <= height)?.name ?? 'v1';
  const top = Math.max(...executed.keys());
  expect(top).toBeGreaterThan(plans.at(-1)?.height ?? 0);
  expect([...executed.entries()]).toEqual([...executed.keys()].map((height) => [height, [versionAt(height)]]));

  const untold = Array.from({ length: top }, (_, index) => index + 1).filter((height) => !executed.has(height));
  expect(untold.length).toBeLessThanOrEqual(nodeKills);
  const unexplained = untold.filter(
    (height) =>
      !byOf.has(height + 1) || (height > 1 && !byOf.has(height - 1)) || byOf.get(height - 1) === byOf.get(height + 1),
  );
  expect(unexplained).toEqual([]);
}

/** Every node that has executed a block ended by itself when it was asked to: nobody was killed by force. */
export async function expectAllPolite(expect: ExpectStatic, { home }: FakeRun): Promise<void> {
  const events = await home.events();
  const worked = new Set(only(events, 'block').map(({ pid }) => pid));
  const forced = livesOf(events).filter(({ pid, code }) => worked.has(pid) && code !== 0);
  expect(forced).toEqual([]);
}
