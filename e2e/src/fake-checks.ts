import { processesUnder, type FakePlan, type Profile } from '@chainvisor/testkit';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExpectStatic } from 'vitest';

import { executions, livesOf, only, overlaps } from './fake-facts.ts';
import type { FakeRun } from './fake-run.ts';
import { currentOf, journalOf, type Supervisor, type SupervisorEnd } from './supervisor.ts';

/** The plan's file as the SDK line writes it: Go escapes what HTML would take for its own. */
export function infoOf(profile: Profile, { name, height, info }: FakePlan): string {
  const time = profile === '0.45' ? {} : { time: '0001-01-01T00:00:00Z' };
  const text = JSON.stringify({ name, ...time, height, ...(info === undefined ? {} : { info }) });
  return text.replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
}

/** The steps of an upgrade that are on record, in their order. */
export async function stepsOf({ home }: FakeRun, { name, height }: FakePlan): Promise<unknown[]> {
  const records = (await journalOf(home.home)).filter(
    (record) => record['kind'] === 'upgrade' && record['name'] === name && record['height'] === height,
  );
  return records.map((record) => record['step']);
}

/** What an upgrade's proof was. */
export async function proofOf({ home }: FakeRun, { name }: FakePlan): Promise<unknown> {
  const records = await journalOf(home.home);
  return records.find((record) => record['name'] === name && record['step'] === 'detected')?.['detail'];
}

export interface UpgradedOptions {
  /** Where a node's `start` was called from, where that is not the upgrade's own binary (a wrapper). */
  readonly paths?: Readonly<Record<string, string>>;
  /** False where no RPC tells the application's height. */
  readonly verified?: boolean;
}

/**
 * Checks that the home went through these upgrades, each once and at its height, and that no two nodes ever lived at once.
 */
export async function expectUpgraded(
  expect: ExpectStatic,
  run: FakeRun,
  plans: readonly FakePlan[],
  { paths = {}, verified = true }: UpgradedOptions = {},
): Promise<void> {
  const { home, profile } = run;
  const events = await home.events();
  expect(overlaps(events, run.log())).toEqual([]);
  expect(only(events, 'lock-conflict')).toEqual([]);
  expect(only(events, 'nonblocking')).toEqual([]);

  const executed = executions(events);
  const heights = [...executed.keys()];
  const versionAt = (height: number) => plans.findLast((plan) => plan.height <= height)?.name ?? 'v1';
  expect([...executed]).toEqual(heights.map((_, index) => [index + 1, [versionAt(index + 1)]]));
  expect(heights.length).toBeGreaterThan(plans.at(-1)?.height ?? 0);

  for (const plan of plans) {
    const dir = run.at('upgrades', plan.name);
    const lives = livesOf(events).filter(({ version }) => version === plan.name);
    expect([...new Set(lives.map(({ path }) => path))]).toEqual([paths[plan.name] ?? join(dir, 'bin', home.daemon)]);
    expect(await readFile(join(dir, 'upgrade-info.json'), 'utf8')).toBe(infoOf(profile, plan));
    const steps = await stepsOf(run, plan);
    expect(steps[0]).toBe('detected');
    expect(steps.filter((step) => step === 'switched')).toHaveLength(1);
    const end = steps.slice(steps.indexOf('switched') + 1);
    // A crash of the next plan's may come before anybody asked; the last has the time.
    expect(end).toEqual(verified && (plan === plans.at(-1) || end.length > 0) ? ['verified'] : []);
  }
  const last = plans.at(-1);
  expect(await currentOf(home.home)).toBe(last === undefined ? 'genesis' : `upgrades/${last.name}`);
  await expectOwnFileUntouched(expect, run);
}

/** Checks that nothing has changed the node's own file, not even its mode or its links, since the node wrote it. */
async function expectOwnFileUntouched(expect: ExpectStatic, { home, profile }: FakeRun): Promise<void> {
  const written = only(await home.events(), 'file').at(-1);
  if (written === undefined) {
    expect(existsSync(home.infoFile)).toBe(false);
    return;
  }
  const { ctimeMs } = await stat(home.infoFile);
  // Both are whole milliseconds of one clock, cut off.
  expect(Math.floor(ctimeMs)).toBeLessThanOrEqual(written.at);
  expect(await readFile(home.infoFile, 'utf8')).toBe(infoOf(profile, written));
}

/** Stops a supervisor as systemd does, and checks how it ended and that it left nobody behind. */
export async function expectCleanStop(
  expect: ExpectStatic,
  { home }: FakeRun,
  supervisor: Supervisor,
  code = 0,
): Promise<void> {
  const end: SupervisorEnd = await supervisor.stop();
  expect(end).toEqual({ code, signal: null });
  expect(await processesUnder(home.dir)).toEqual([]);
}

/** Waits for a supervisor that gives up by itself, and checks its code, what it said and that it left nobody behind. */
export async function expectGivenUp(
  expect: ExpectStatic,
  { home }: FakeRun,
  supervisor: Supervisor,
  code: number,
  said: readonly (string | RegExp)[],
): Promise<void> {
  expect(await supervisor.ended).toEqual({ code, signal: null });
  const error = supervisor.log().slice(supervisor.log().lastIndexOf('\nError: '));
  for (const part of said) expect(error).toMatch(part);
  expect(await processesUnder(home.dir)).toEqual([]);
}

/** The supervisor gave up at the first upgrade, and everything is as before it: nothing is half-done, no node runs. */
export async function expectNothingDone(expect: ExpectStatic, run: FakeRun, plan: FakePlan): Promise<void> {
  expect(await currentOf(run.home.home)).toBe('genesis');
  expect(existsSync(run.at('upgrades', plan.name, 'upgrade-info.json'))).toBe(false);
  expect(livesOf(await run.home.events())).toMatchObject([{ version: 'v1', code: 0 }]);
  expect((await stepsOf(run, plan)).at(-1)).toBe('failed');
}

/** With the cause mended, the next start, of `file` where it is not the published program, upgrades, without the old binary being started again. */
export async function expectMended(
  expect: ExpectStatic,
  run: FakeRun,
  plan: FakePlan,
  env: Readonly<Record<string, string>>,
  file?: string,
): Promise<void> {
  const supervisor = run.start(env, file);
  await supervisor.saw(/finishing an upgrade that was cut off/);
  await supervisor.saw(/upgrade verified/);
  await run.reached(plan.height + 1);
  await expectCleanStop(expect, run, supervisor);
  await expectUpgraded(expect, run, [plan]);
  expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', plan.name]);
}
