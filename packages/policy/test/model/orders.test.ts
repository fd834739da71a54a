import { describe, expect, it } from 'vitest';
import { check, hosts, milestones, named } from './check.js';
import { byHand, ofTheOperator } from './events.js';
import type { Exception } from './exceptions.js';

/** With every event there is, the worlds have no end within reach: three events from each moment of an undisturbed run. */
const DEPTH = 3;
const accepted = new Set<Exception>();

describe.each(named(hosts))('two upgrades with $name', ({ host }) => {
  it('are neither early nor missed, in any order of three events of all, from each moment of an undisturbed run', () => {
    const { wrongs, exceptions, worlds, looks } = check(milestones(host), { ...ofTheOperator, ...byHand }, host, DEPTH);
    for (const exception of exceptions.keys()) accepted.add(exception);
    expect(Object.fromEntries(wrongs)).toEqual({});
    expect(worlds).toBeGreaterThan(host.fails ? 4000 : 15_000);
    expect(looks.get('started again')).toBeGreaterThan(host.fails ? 50 : 1400);
  }, 300_000);
});

it('what is accepted above is all real', () => {
  expect([...accepted].sort()).toEqual([
    'a guess',
    'blind',
    'moved under it',
    'no plan beside',
    'nothing on record',
    'skipped',
    'skipped too late',
    'stale heights',
  ]);
});
