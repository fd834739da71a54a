import { type FakeEvent, type NodeWatch, waitFor } from '@chainvisor/testkit';
import { existsSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import type { ExpectStatic } from 'vitest';

import { executions, livesOf, only } from './fake-facts.ts';
import type { FakeRun } from './fake-run.ts';
import type { Stranger } from './stranger.ts';
import type { Supervisor } from './supervisor.ts';

/** Checks that a supervisor was refused, with code 69, and that the error says all of this. */
export async function expectRefused(
  expect: ExpectStatic,
  supervisor: Pick<Supervisor | Stranger, 'ended' | 'log'>,
  said: readonly (string | RegExp)[],
): Promise<void> {
  const end = await supervisor.ended;
  expect({ ...end, log: supervisor.log() }).toMatchObject({ code: 69, signal: null });
  const error = supervisor.log().slice(supervisor.log().lastIndexOf('Error: '));
  for (const part of said) expect(error).toMatch(part);
  expect(error).toMatch(/^ {2}do: ./m);
}

/** What the error of a second supervisor says of a first that can be seen. */
export function namesFirst(pid: number): RegExp {
  return new RegExp(
    String.raw`another supervisor of this home is running: .*process ${pid} \(.*run start --home \S+, since 20\d\d-\d\d-\d\dT[\d:]+Z\)`,
  );
}

/** Checks that no two nodes lived at one moment, by a watch that has seen every one of them. */
export async function expectNeverTwo(expect: ExpectStatic, { home }: FakeRun, watch: NodeWatch): Promise<void> {
  const { overlaps, pids } = await watch.stop();
  const events = await home.events();
  expect(overlaps).toEqual([]);
  expect(only(events, 'start').filter(({ pid }) => !pids.includes(pid))).toEqual([]);
  expect(only(events, 'lock-conflict')).toEqual([]);
}

/** Checks that each height from the first of these events on was executed once, by this version. */
export function expectHistory(
  expect: ExpectStatic,
  events: readonly FakeEvent[],
  from: number,
  versionAt: (height: number) => string,
): void {
  const executed = [...executions(events)];
  expect(executed).toEqual(executed.map((_, index) => [from + index, [versionAt(from + index)]]));
}

/** Resolves once a file that a script makes is there. */
export async function appeared(path: string): Promise<void> {
  await waitFor(path, () => existsSync(path), { timeout: 90_000 });
}

/** The signals that a node has seen, oldest first. */
export function signalsOf(events: readonly FakeEvent[], pid: number): string[] {
  return only(events, 'signal')
    .filter((event) => event.pid === pid)
    .map(({ signal }) => signal);
}

/** The versions of all nodes that were started, oldest first. */
export async function versionsOf({ home }: FakeRun): Promise<string[]> {
  return livesOf(await home.events()).map(({ version }) => version);
}

/** Points `current` to a target, as an operator does by hand. */
export async function linkByHand(run: FakeRun, target: string): Promise<void> {
  await rm(run.at('current'), { force: true });
  await symlink(target, run.at('current'));
}
