import { describe, expect, it } from 'vitest';
import { check, hosts, named } from './check.js';
import { type Event, byHand, ofTheOperator } from './events.js';
import { begin } from './world.js';

// Blocks end where the first upgrade is done: that closes the worlds, so every order of any length is in it.
const shorter = hosts.map((host) => ({ ...host, last: 3 as const }));
const ofV2 = Object.fromEntries(Object.entries(ofTheOperator).filter(([name]) => !name.includes('v3')));
const lost = { 'current is lost': byHand['current is lost'] as Event };

describe.each(named(shorter))('one upgrade with $name', ({ host }) => {
  it('is neither early nor missed, in any order of those, of early files, staging, skipping, and journals and links that are lost', () => {
    // Where a node answers, what becomes of a lost link as well is too much to be gone through.
    const events = host.rpc ? ofV2 : { ...ofV2, ...lost };
    const { wrongs, closed, exceptions, worlds, looks } = check([begin(host)], events, host);
    expect(Object.fromEntries(wrongs)).toEqual({});
    expect(closed).toBe(true);
    // Where a height is told only of the upgrade's own block, that it was passed is not on record yet; not every host gets there.
    const accepted = new Set([...exceptions.keys(), 'not skipped any more']);
    expect([...accepted].sort()).toEqual([
      ...(host.rpc ? [] : ['a guess']),
      'blind',
      'not skipped any more',
      'skipped',
    ]);
    expect(worlds).toBeGreaterThan(2000);
    expect(looks.get('started again')).toBeGreaterThan(1500);
  }, 300_000);
});
