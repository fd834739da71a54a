import { killUnder, type NodeWatch, waitFor, watchNodes } from '@chainvisor/testkit';
import type { TestContext } from 'vitest';

import type { FakeRun } from './fake-run.ts';
import type { Supervisor, SupervisorEnd } from './supervisor.ts';

/** What becomes of the node, and of whatever else runs for the home, when the supervisor is killed. */
export const fates = ['left alive', 'killed too'] as const;
export type Fate = (typeof fates)[number];

/** Watches the nodes of a run for as long as its test lasts. */
export async function watchRun(t: TestContext, { home }: FakeRun): Promise<NodeWatch> {
  const watch = await watchNodes({ path: home.dir, daemon: home.daemon });
  t.onTestFinished(async () => {
    await watch.stop();
  });
  return watch;
}

/** Resolves to how the supervisor itself has ended, whoever still holds its streams. */
function endOf(supervisor: Supervisor): Promise<SupervisorEnd> {
  return waitFor('the end of the supervisor', () => supervisor.end(), { timeout: 90_000 });
}

/**
 * Makes the end of a supervisor that has been, or is to be, killed by SIGKILL the end of everything that runs for its home,
 * as a power loss would, where that is the fate. Throws where it has ended otherwise, with what it logged.
 */
export async function afterKill({ home }: FakeRun, supervisor: Supervisor, fate: Fate): Promise<void> {
  const { code, signal } = await endOf(supervisor);
  if (signal !== 'SIGKILL') {
    throw new Error(
      `the supervisor was not killed: it ended with ${signal ?? `code ${code ?? '?'}`}\n${supervisor.log()}`,
    );
  }
  if (fate === 'killed too') await killUnder(home.dir);
}

/** What is waited for, or an error as soon as the supervisor has ended instead. */
export async function whileRunning<T>(supervisor: Supervisor, fact: Promise<T>): Promise<T> {
  // Nobody waits for it any more once the supervisor has ended.
  fact.catch(() => undefined);
  const ended = supervisor.ended.then(({ code, signal }) => {
    throw new Error(`the supervisor has ended with ${signal ?? `code ${code ?? '?'}`}\n${supervisor.log()}`);
  });
  return Promise.race([fact, ended]);
}

/** Resolves once a node that this very supervisor has started, of this version, has executed a block above the height. */
export async function workedUnder(run: FakeRun, supervisor: Supervisor, version: string, above: number): Promise<void> {
  const started = run.event(
    `the start of ${version} by the supervisor ${supervisor.pid}`,
    (event) => event.event === 'start' && event.ppid === supervisor.pid && event.version === version,
  );
  const { pid } = await whileRunning(supervisor, started);
  const worked = run.event(
    `a block above ${above} of the node ${pid}`,
    (event) => event.event === 'block' && event.pid === pid && event.height > above,
  );
  await whileRunning(supervisor, worked);
}
