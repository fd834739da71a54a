import {
  type FakeBinary,
  type FakeEvent,
  type FakeHome,
  type FakeHomeOptions,
  makeFakeHome,
  type Profile,
  waitFor,
} from '@chainvisor/testkit';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

import { startSupervisor, type Supervisor } from './supervisor.ts';

/** Until when a fact may come true on a machine that is busy with the other tests. */
const PATIENCE = 90_000;

/** A home of a fake node, and the built supervisor that runs it. All of it is gone when the test is. */
export interface FakeRun {
  readonly home: FakeHome;
  readonly profile: Profile;
  /** Starts the supervisor, of `file` where it is not the published one, with `run start --home <home>`, `env` on top of the seed document's. */
  readonly start: (env?: Readonly<Record<string, string>>, file?: string) => Supervisor;
  /** What all supervisors of this home have logged. */
  readonly log: () => string;
  /** Stages `upgrades/<name>` with the release of that name. */
  readonly stage: (name: string, more?: Partial<FakeBinary>) => Promise<string>;
  /** A path under `<home>/cosmovisor`. */
  readonly at: (...parts: readonly string[]) => string;
  /** Resolves once the node has executed this height. */
  readonly reached: (height: number) => Promise<FakeEvent>;
  /** Resolves once the node that was started as the n-th, counted from 1, has executed a block of its own. */
  readonly worked: (nth: number) => Promise<FakeEvent>;
  /** Resolves to the first event that matches. */
  readonly event: (what: string, matches: (event: FakeEvent) => boolean) => Promise<FakeEvent>;
}

/** The release `v<n>` of the daemon: it can apply the upgrades v2 to v<n>. */
export function release(profile: Profile, name: string): FakeBinary {
  const number = Number(name.slice(1));
  const handlers = Array.from({ length: Math.max(number - 1, 0) }, (_, index) => `v${index + 2}`);
  return { profile, version: name, handlers };
}

/** Makes a home with `genesis` as v1. Where the test fails, what supervisor and node did is printed. */
export async function fakeRun(
  t: TestContext,
  options: { readonly profile?: Profile } & Partial<FakeHomeOptions>,
): Promise<FakeRun> {
  const { profile = '0.53' } = options;
  const home = await makeFakeHome({
    daemon: 'palomad',
    genesis: release(profile, 'v1'),
    ...options,
    chain: { blockTime: 50, ...options.chain },
  });
  const supervisors: Supervisor[] = [];
  t.onTestFinished(async ({ task }) => {
    const failed = task.result?.state === 'fail';
    if (failed) await tell(task.name, home, supervisors);
    for (const supervisor of supervisors) {
      if (supervisor.end() !== undefined) continue;
      supervisor.kill('SIGKILL');
      await supervisor.ended;
    }
    await home.remove();
  });
  const event: FakeRun['event'] = (what, matches) =>
    waitFor(what, async () => (await home.events()).find(matches), { timeout: PATIENCE });
  return {
    home,
    profile,
    event,
    start(env = {}, file) {
      const supervisor = startSupervisor(['run', 'start', '--home', home.home], home.env(env), home.dir, file);
      supervisors.push(supervisor);
      return supervisor;
    },
    log: () => supervisors.map((supervisor) => supervisor.log()).join('\n'),
    stage: (name, more = {}) => home.stage(name, { ...release(profile, name), ...more }),
    at: (...parts) => join(home.home, 'cosmovisor', ...parts),
    worked: (nth) =>
      waitFor(
        `node ${nth} at work`,
        async () => {
          const events = await home.events();
          const pid = events.filter((each) => each.event === 'start')[nth - 1]?.pid;
          return events.find((each) => each.event === 'block' && each.pid === pid);
        },
        { timeout: PATIENCE },
      ),
    reached: (height) => event(`block ${height}`, (each) => each.event === 'block' && each.height >= height),
  };
}

async function tell(name: string, home: FakeHome, supervisors: readonly Supervisor[]): Promise<void> {
  const events = (await home.events()).map((event) => JSON.stringify(event));
  const logs = supervisors.map((supervisor, index) => `--- supervisor ${index + 1}\n${supervisor.log()}`);
  console.log([`=== ${name}`, ...logs, '--- events', ...events].join('\n'));
}
