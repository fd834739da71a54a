import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { processesUnder } from '@chainvisor/testkit';
import { expect } from 'vitest';

import { currentOf, journalOf, type Supervisor } from '../supervisor.ts';
import { infoFile, nodeLog, type RealRun } from './run.ts';

/** An upgrade that has taken place. */
export interface Upgraded {
  readonly name: string;
  readonly height: number;
  readonly info?: string;
}

/** The whole of an undisturbed upgrade, as the journal tells it. */
export const wholeUpgrade = ['detected', 'stopped', 'pre-upgrade-done', 'switched', 'verified'];

/** The steps of an upgrade that are on record, in their order. */
export async function stepsOf({ home }: RealRun, name: string): Promise<unknown[]> {
  const records = await journalOf(home.path);
  return records.filter(({ kind, name: of }) => kind === 'upgrade' && of === name).map(({ step }) => step);
}

/** What proved that the height of an upgrade was reached. */
export async function proofOf({ home }: RealRun, name: string): Promise<unknown> {
  const records = await journalOf(home.path);
  return records.find((record) => record['name'] === name && record['step'] === 'detected')?.['detail'];
}

/** Where `current` pointed at each start of a node. */
export async function startsOf({ home }: RealRun): Promise<unknown[]> {
  const records = await journalOf(home.path);
  return records.filter(({ kind }) => kind === 'started').map(({ target }) => target);
}

/**
 * Checks what every home shows that went through these upgrades and no other: `current` moved once for each, the plans'
 * files as the node wrote them, the node's own file untouched since, and never two nodes at once.
 */
export async function expectUpgraded(run: RealRun, upgrades: readonly Upgraded[]): Promise<void> {
  const records = await journalOf(run.home.path);
  const moves = records.filter(({ kind, from }) => kind === 'current' && from !== undefined);
  const targets = upgrades.map(({ name }) => `upgrades/${name}`);
  expect(moves.map(({ target }) => target)).toEqual(targets);
  expect(await currentOf(run.home.path)).toBe(targets.at(-1));

  for (const { name, height, info } of upgrades) {
    const placed = await readFile(run.at('upgrades', name, 'upgrade-info.json'), 'utf8');
    expect(placed).toBe(infoFile(name, height, info));
    const steps = await stepsOf(run, name);
    expect(steps.filter((step) => step === 'switched')).toHaveLength(1);
    expect(steps.at(-1)).toBe('verified');
  }

  const last = upgrades.at(-1);
  expect(await run.home.upgradeInfo()).toBe(infoFile(last?.name ?? '', last?.height ?? 0, last?.info));
  const file = await stat(join(run.home.path, 'data/upgrade-info.json'));
  const detected = records.find(({ name, step }) => name === last?.name && step === 'detected');
  expect(file.ctimeMs).toBeLessThan(Date.parse(String(detected?.['at'])) + 1);
  expect(file.mode & 0o777).toBe(0o600);

  // Each life is on record to its end before the next begins.
  const lives = records
    .filter(({ kind }) => kind === 'started' || kind === 'ended')
    .map(({ kind, pid }) => [kind, pid]);
  const started = lives.filter(([kind]) => kind === 'started');
  expect(lives).toEqual(
    started.flatMap(([, pid]) => [
      ['started', pid],
      ['ended', pid],
    ]),
  );
}

/** Checks that the nodes of a supervisor have executed each block of the chain once, in order, whichever binary it was. */
export function expectEveryBlockOnce(supervisor: Supervisor): void {
  const heights = [...nodeLog(supervisor).matchAll(/executed block [^\n]*height=(\d+)/gu)].map(([, height]) =>
    Number(height),
  );
  expect(heights).toEqual(heights.map((_, index) => index + 1));
  expect(heights.length).toBeGreaterThan(0);
}

/** Stops a supervisor as systemd does: the node closes its databases, its code is passed on, nobody is left. */
export async function expectCleanStop(run: RealRun, supervisor: Supervisor): Promise<void> {
  expect(await supervisor.stop()).toEqual({ code: 0, signal: null });
  expect(nodeLog(supervisor)).toMatch(/caught signal(?:(?!caught signal)[^])*Closing application\.db[^\n]*\n[^]*$/u);
  expect(supervisor.log().trimEnd()).toMatch(/ INF minid exited with code 0: this is the node's own end exit=0$/u);
  expect(await processesUnder(run.home.path)).toEqual([]);
}

/** Waits for a supervisor that gives up, and checks its code, its last words and that nobody is left. */
export async function expectGivenUp(
  run: RealRun,
  supervisor: Supervisor,
  code: number,
  ...words: readonly (string | RegExp)[]
): Promise<void> {
  expect(await supervisor.ended).toEqual({ code, signal: null });
  const error = supervisor.log().slice(supervisor.log().lastIndexOf('\nError: '));
  for (const word of words) expect(error).toMatch(word);
  expect(await processesUnder(run.home.path)).toEqual([]);
}
