import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakePlan } from '@chainvisor/testkit';
import type { ExpectStatic } from 'vitest';

import { infoOf } from './fake-checks.ts';
import { executions, only, overlaps } from './fake-facts.ts';
import type { FakeRun } from './fake-run.ts';
import { currentOf } from './supervisor.ts';

/**
 * Checks by disk and the node's own account alone, whatever became of the journal, that the home went through these
 * upgrades: each height once and by the version whose it is, never two nodes, `current` and the plans where they belong.
 */
export async function expectUpgradedOnDisk(
  expect: ExpectStatic,
  run: FakeRun,
  plans: readonly FakePlan[],
): Promise<void> {
  const { home, profile } = run;
  const events = await home.events();
  expect(overlaps(events, run.log())).toEqual([]);
  expect(only(events, 'lock-conflict')).toEqual([]);
  const executed = executions(events);
  const heights = [...executed.keys()];
  const versionAt = (height: number) => plans.findLast((plan) => plan.height <= height)?.name ?? 'v1';
  expect([...executed]).toEqual(heights.map((_, index) => [index + 1, [versionAt(index + 1)]]));
  expect(heights.length).toBeGreaterThan(plans.at(-1)?.height ?? 0);
  for (const plan of plans) {
    const beside = await readFile(run.at('upgrades', plan.name, 'upgrade-info.json'), 'utf8');
    expect(beside).toBe(infoOf(profile, plan));
  }
  const last = plans.at(-1);
  expect(await currentOf(home.home)).toBe(last === undefined ? 'genesis' : `upgrades/${last.name}`);
}

/** Checks that `current` of a home, by whatever path it is reached, is this and leads to a binary that can be executed. */
export async function expectCurrent(expect: ExpectStatic, home: string, daemon: string, target: string): Promise<void> {
  expect(await currentOf(home)).toBe(target);
  await access(join(home, 'cosmovisor/current/bin', daemon), constants.X_OK);
}
