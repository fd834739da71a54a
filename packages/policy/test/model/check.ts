import { type Events, ofTheNode, ofTheSupervisor } from './events.js';
import type { Exception } from './exceptions.js';
import { type Found, explore } from './explore.js';
import type { Host } from './host.js';
import { type Look, invariants } from './invariants.js';
import { settle } from './settle.js';
import { type World, allDead, begin, keyOf } from './world.js';

/** What an exploration has found, with how often an exception was accepted and a look taken. */
export interface Checked extends Found {
  readonly exceptions: ReadonlyMap<Exception, number>;
  readonly looks: ReadonlyMap<Look, number>;
}

/** Explores with every invariant watched. Nodes and supervisors act, end and are killed in all; `events` come on top. */
export function check(from: readonly World[], events: Events, host: Host, depth = Infinity): Checked {
  const exceptions = new Map<Exception, number>();
  const looks = new Map<Look, number>();
  const watched = invariants(
    (exception) => exceptions.set(exception, (exceptions.get(exception) ?? 0) + 1),
    (look) => looks.set(look, (looks.get(look) ?? 0) + 1),
  );
  const found = explore(from, { ...ofTheNode, ...ofTheSupervisor, ...events }, host, depth, watched);
  return { ...found, exceptions, looks };
}

/** One node and one host, of those that differ by all that makes a difference. */
const host = (over: Partial<Host>): Host => ({
  rpc: false,
  ends: false,
  offline: 'nothing',
  reads: true,
  ahead: false,
  upgradedBefore: false,
  fails: false,
  last: 5,
  ...over,
});

/** Each value of each property with each of most others; what tells heights with everything. */
export const hosts: readonly Host[] = [
  host({ rpc: true }),
  host({ rpc: true, ends: true, upgradedBefore: true, ahead: true, reads: false }),
  host({ rpc: true, offline: 'validator', ahead: true }),
  host({ rpc: true, ends: true, offline: 'wal', fails: true }),
  host({ ends: true, upgradedBefore: true }),
  host({ ahead: true, reads: false }),
  host({ offline: 'validator', ahead: true, upgradedBefore: true }),
  host({ ends: true, offline: 'wal', reads: false, ahead: true }),
];

export const named = <T extends Host>(of: readonly T[]) => of.map((one) => ({ host: one, name: nameOf(one) }));

function nameOf({ rpc, ends, offline, reads, ahead, upgradedBefore, fails }: Host): string {
  const words = [
    rpc ? 'RPC' : 'no RPC',
    ends ? 'a node that ends at the halt' : 'a node that stays at the halt',
    offline === 'nothing' ? 'no heights on disk' : `heights of the ${offline}`,
    ...(reads ? [] : ['a node that never reads the file']),
    ...(ahead ? ['optimistic execution'] : []),
    ...(upgradedBefore ? ['an earlier upgrade'] : []),
    ...(fails ? ['a migration that fails'] : []),
  ];
  return words.join(', ');
}

export const bothStaged = (of: Host): World => ({ ...begin(of), staged2: true, staged3: true });

/** The worlds that an undisturbed run of both upgrades comes through, and each as it is left when all is killed. */
export function milestones(of: Host): World[] {
  const worlds = new Map<string, World>();
  let world: World | undefined = bothStaged(of);
  while (world !== undefined && !worlds.has(keyOf(world))) {
    for (const one of [world, allDead(world)]) worlds.set(keyOf(one), one);
    world = undisturbed(world, of);
  }
  return [...worlds.values()];
}

/** In the order in which they may happen. */
const course = [
  'the supervisor is started',
  'the file becomes whole',
  'a block comes',
  'the node tells its height',
  'the settle time passes in silence',
] as const;

function undisturbed(world: World, of: Host): World | undefined {
  if (world.node === 'up' && world.app === of.last) return undefined;
  const events: Events = { ...ofTheNode, ...ofTheSupervisor };
  const after = course.map((event) => events[event]?.(world, of)).find((reached) => reached !== undefined);
  return after && settle(after, of).world;
}
