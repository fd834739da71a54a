import type { FakePlan } from '@chainvisor/testkit';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { ExpectStatic } from 'vitest';

import { expectCleanStop, stepsOf } from './fake-checks.ts';
import { livesOf, only, overlaps } from './fake-facts.ts';
import type { FakeRun } from './fake-run.ts';
import { currentOf, type Supervisor } from './supervisor.ts';

/** Every step of an undisturbed upgrade without a custom script. */
export const allSteps = ['detected', 'stopped', 'pre-upgrade-done', 'switched', 'verified'];

/** The highest block that any node of this home has executed; 0 before the first. */
export async function heightOf({ home }: FakeRun): Promise<number> {
  return Math.max(0, ...only(await home.events(), 'block').map(({ height }) => height));
}

/** Resolves once the node has executed so many blocks more: it lives and works. */
export async function blocksLater(run: FakeRun, count: number): Promise<void> {
  await run.reached((await heightOf(run)) + count);
}

/** Puts a file in the place of the node's by rename: never half-written, a new inode. */
export async function replaceInfo({ home }: FakeRun, text: string): Promise<void> {
  await writeFile(`${home.infoFile}.new`, text, { mode: 0o600 });
  await rename(`${home.infoFile}.new`, home.infoFile);
}

/** Checks that so far nothing was done about any file: the first node runs on, and no signal has reached it. */
export async function expectUndisturbed(expect: ExpectStatic, run: FakeRun, supervisor: Supervisor): Promise<void> {
  expect(supervisor.end()).toBeUndefined();
  expect(supervisor.log()).not.toMatch(/upgrade detected|stopping the node|Error:/);
  expect(await currentOf(run.home.home)).toBe('genesis');
  const events = await run.home.events();
  expect(livesOf(events)).toMatchObject([{ version: 'v1', to: undefined }]);
  expect(only(events, 'signal')).toEqual([]);
}

/**
 * Waits for the upgrade by a file that a test has written, lets the new node work, stops it, and checks that there was
 * exactly one switch, to this directory, with the bytes of the file beside the binary.
 */
export async function expectSwitchedOnce(
  expect: ExpectStatic,
  run: FakeRun,
  supervisor: Supervisor,
  plan: FakePlan,
  bytes: string,
  directory: string = plan.name,
): Promise<void> {
  await supervisor.saw(/upgrade verified/);
  await run.worked(2);
  await expectCleanStop(expect, run, supervisor);
  const events = await run.home.events();
  expect(overlaps(events, run.log())).toEqual([]);
  expect(livesOf(events)).toMatchObject([
    { version: 'v1', code: 0 },
    { version: plan.name, path: run.at('upgrades', directory, 'bin', run.home.daemon), code: 0 },
  ]);
  // One to each, from us to the first and from the operator to the second.
  expect(only(events, 'signal').map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGTERM']);
  expect(await stepsOf(run, plan)).toEqual(allSteps);
  expect(await currentOf(run.home.home)).toBe(`upgrades/${directory}`);
  expect((await readFile(run.at('upgrades', directory, 'upgrade-info.json'), 'utf8')) === bytes).toBe(true);
  expect((await readFile(run.home.infoFile, 'utf8')) === bytes).toBe(true);
}
