import { type FaultPointName, waitFor } from '@chainvisor/testkit';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import { expectCleanStop, expectUpgraded } from './fake-checks.ts';
import { livesOf, only } from './fake-facts.ts';
import type { FakeRun } from './fake-run.ts';
import { readLines } from './fake-scripts.ts';
import { expectEnd } from './fake-signals.ts';
import { workedUnder } from './kill.ts';
import { currentOf, faultsProgram, type Supervisor } from './supervisor.ts';

/** The signals that ask a supervisor without a node for its end. */
export const endSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
/** The signals that a supervisor must get right in every phase. */
export const signals = [...endSignals, 'SIGUSR1'] as const;
export type PhaseSignal = (typeof signals)[number];

/** What a shell calls an end by this signal. */
export function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The plan that the phases are those of. */
export const v2 = { name: 'v2', height: 5 };

/** A chain that meets it soon. */
export const chain = { plans: [v2], blockTime: 40 };

/** A fault: where, at which passing (1 by default), and what happens there. */
export interface FaultAt {
  readonly point: FaultPointName;
  readonly passing?: number;
  readonly action: string;
}

/** Starts the supervisor with a fault; `passed` resolves once the point was passed for the time that counts. */
export function startWithFault(
  run: FakeRun,
  { point, passing = 1, action }: FaultAt,
  env: Readonly<Record<string, string>> = {},
): { readonly supervisor: Supervisor; readonly passed: () => Promise<unknown> } {
  const log = join(run.home.dir, 'passed');
  const fault = { FAULT_POINT: `${point}#${passing}:${action}`, FAULT_LOG: log };
  return {
    supervisor: run.start({ ...env, ...fault }, faultsProgram),
    passed: () =>
      waitFor(
        `the point ${point}`,
        async () => (await readLines(log)).filter((name) => name === point).length >= passing,
        { timeout: 90_000 },
      ),
  };
}

/** The upgrade goes on with the supervisor that lives, and each binary ran once. */
export async function expectGoesOn(t: TestContext, run: FakeRun, supervisor: Supervisor): Promise<void> {
  await supervisor.saw(/upgrade verified/);
  await run.reached(v2.height + 1);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, [v2]);
  t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
}

/** The next start goes through the height, and works; `starts`: which versions were started in all. */
export async function expectNextWorks(
  t: TestContext,
  run: FakeRun,
  starts: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const supervisor = run.start(env);
  await workedUnder(run, supervisor, 'v2', v2.height);
  await waitFor('the verification', () => run.log().includes('upgrade verified'), { timeout: 90_000 });
  await expectCleanStop(t.expect, run, supervisor);
  t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(starts);
  t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
}

/** As `expectNextWorks`, and everything is as after an undisturbed run: not for nodes that were killed at work, which lose what they had to tell. */
export async function expectNextFinishes(
  t: TestContext,
  run: FakeRun,
  starts: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await expectNextWorks(t, run, starts, env);
  await expectUpgraded(t.expect, run, [v2]);
}

/** Ended over a signal without a node to ask, and with the word that says so; `sent`: what the nodes were sent. */
export async function expectOurEnd(
  t: TestContext,
  run: FakeRun,
  supervisor: Supervisor,
  signal: PhaseSignal,
  sent: readonly string[],
): Promise<void> {
  const code = codeOf(signal);
  await expectEnd(t, run, supervisor, code, sent);
  t.expect(supervisor.log()).toMatch(
    new RegExp(`stopped while no node was running; what was begun goes on at the next start exit=${code}\n$`),
  );
}

/** The signals that the n-th node, counted from 1, has noticed, in its order. */
export async function heardBy({ home }: FakeRun, nth: number): Promise<string[]> {
  const events = await home.events();
  const pid = livesOf(events)[nth - 1]?.pid;
  return only(events, 'signal')
    .filter((event) => event.pid === pid)
    .map(({ signal }) => signal);
}

/** Resolves once the n-th node has noticed so many signals. */
export async function heard(run: FakeRun, nth: number, count: number): Promise<void> {
  await waitFor(`${count} signals at node ${nth}`, async () => (await heardBy(run, nth)).length >= count, {
    timeout: 90_000,
  });
}
