import { expect, it } from 'vitest';
import { arrived, calm } from './calm.js';
import { bothStaged, check, hosts, milestones } from './check.js';
import { byHand, ofTheOperator } from './events.js';
import type { Host } from './host.js';
import { block, finishFile, start } from './node.js';
import { settle } from './settle.js';
import { type World, allDead, begin } from './world.js';

const host = hosts[0] as Host;
const linkedTo = (world: World, current: World['current']): World => ({ ...allDead(world), current });

it('the old binary halts at the height and writes the file in two steps, at each start again', () => {
  let world = block(start(begin(host), host, false), host);
  world = block(world, host);
  expect(world).toMatchObject({ node: 'writing', app: 2, store: 3, file: 'cut', fileChanged: true });
  world = finishFile(world, host);
  expect(world).toMatchObject({ node: 'halted', app: 2, file: 2 });
  world = start(allDead(world), host, false);
  expect(world).toMatchObject({ node: 'replaying', app: 2, file: 'cut' });
  expect(finishFile(world, host)).toMatchObject({ node: 'ended', app: 2, file: 2 });
  expect(start(linkedTo(finishFile(world, host), 2), host, false)).toMatchObject({ node: 'up', app: 3, level: 2 });
});

it('a binary that is too new or too old executes no block and writes no file', () => {
  const early = block(start(linkedTo(begin(host), 2), host, false), host);
  expect(early).toMatchObject({ node: 'halted', app: 1, store: 2, file: 'absent' });
  const late = { ...linkedTo(begin(host), 1), app: 3, store: 3, level: 2 } as const;
  expect(block(start(late, host, false), host)).toMatchObject({ node: 'halted', app: 3, file: 'absent' });
});

it('an undisturbed run makes both upgrades with one start', () => {
  for (const one of hosts.filter(({ fails }) => !fails)) {
    const end = calm(bothStaged(one), one, 1);
    expect(arrived(end, one)).toBe(true);
    expect(end).toMatchObject({ level: 3, current: 3, beside2: true, beside3: true, journal: { before3: 2, open: 0 } });
  }
});

it('a second node on one home cannot be started unseen', () => {
  const up = settle({ ...begin(host), supervised: true }, host).world;
  expect(up.node).toBe('up');
  expect(() => start(up, host, false)).toThrow('two nodes live on one home');
});

it('nothing is explored for nothing: every event happens', () => {
  const happened = new Set<string>();
  const events = { ...ofTheOperator, ...byHand };
  const counted = Object.fromEntries(
    Object.entries(events).map(([name, happen]) => [
      name,
      (world: World, of: Host) => {
        const after = happen(world, of);
        if (after !== undefined) happened.add(name);
        return after;
      },
    ]),
  );
  for (const of of hosts.slice(0, 2)) check(milestones(of), counted, of, 2);
  expect([...happened].sort()).toEqual(Object.keys(events).sort());
});
