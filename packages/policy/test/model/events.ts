import { type Host, type Version, dueAt, heightOf } from './host.js';
import { block, fate, finishFile, writeAhead } from './node.js';
import { type World, alive, dead, isSkipped, isStaged, noJournal, writes } from './world.js';

/** What may happen: what it makes of the world; undefined where it cannot. */
export type Event = (world: World, host: Host) => World | undefined;
export type Events = Readonly<Record<string, Event>>;

/** The node ends under its supervisor, which is told, or alone. */
const ends = (world: World, byOperator: boolean): World =>
  world.supervised ? { ...world, node: 'ended', byOperator } : dead(world);

export const ofTheNode: Events = {
  'a block comes': (world, host) =>
    world.node === 'up' && world.app < host.last ? orphaned(block(world, host)) : undefined,
  'the validator signs for the next block': (world, { offline, last }) =>
    offline === 'validator' && world.node === 'up' && world.app < last && world.peak <= world.app
      ? { ...world, peak: world.app + 1 }
      : undefined,
  'the file is begun before the block is decided': (world, host) => {
    const willHalt =
      host.ahead && world.node === 'up' && world.app < host.last && fate(world, host, world.binary) === 'halts';
    return willHalt && world.file !== dueAt(world.app + 1) ? orphaned(writeAhead(world)) : undefined;
  },
  'the file becomes whole': (world, host) => (writes(world) ? orphaned(finishFile(world, host)) : undefined),
  'the node crashes': (world) => (alive(world) ? ends(world, false) : undefined),
};

/** Of a node that nobody watches, nothing is known. */
function orphaned(world: World): World {
  if (world.supervised) return world;
  if (!alive(world)) return dead(world);
  return { ...world, fileChanged: false, settled: false };
}

export const ofTheSupervisor: Events = {
  // Whatever an earlier supervisor left behind is ended first: the lock of the home.
  'the supervisor is started': (world) => (world.supervised ? undefined : { ...dead(world), supervised: true }),
  'the node tells its height': (world, host) =>
    host.rpc && world.supervised && alive(world) && world.node !== 'replaying' && world.live !== world.store
      ? { ...world, live: world.store, settled: false }
      : undefined,
  'the settle time passes in silence': (world) =>
    world.supervised && alive(world) && !world.settled ? { ...world, settled: true } : undefined,
  'the operator stops it': (world) => (world.supervised && alive(world) ? ends(world, true) : undefined),
};

const down = (world: World): boolean => !world.supervised && !alive(world);
const stage = (version: 2 | 3, there: boolean) => (version === 2 ? { staged2: there } : { staged3: there });

/** Files, as somebody puts them there: no node wrote them. */
const put = (world: World, file: World['file']): World => ({
  ...world,
  file,
  fileChanged: world.supervised && alive(world),
  settled: false,
});

const early =
  (version: 2 | 3): Event =>
  (world) =>
    world.file === version || world.level >= version || world.store >= heightOf[version]
      ? undefined
      : { ...put(world, version), dropped: true, droppedUnder: world.supervised && alive(world) };

const flag = (version: 2 | 3, on: boolean) => (version === 2 ? { skip2: on } : { skip3: on });

/** Before its block is executed; and with no orphan, which keeps its flags: the next start ends it first, as another order does. */
const skip =
  (version: 2 | 3): Event =>
  (world) =>
    down(world) && world.level < version && world.app < heightOf[version] && !isSkipped(world, version)
      ? { ...world, ...flag(version, true) }
      : undefined;

const skipLate =
  (version: 2 | 3): Event =>
  (world) =>
    down(world) && world.level >= version && !isSkipped(world, version)
      ? { ...world, ...flag(version, true) }
      : undefined;

const skipNoMore =
  (version: 2 | 3): Event =>
  (world) =>
    down(world) && isSkipped(world, version) ? { ...world, ...flag(version, false) } : undefined;

/** What an operator does by the book. */
export const ofTheOperator: Events = {
  'v2 is staged': (world) => (world.staged2 ? undefined : { ...world, ...stage(2, true) }),
  'v3 is staged': (world) => (world.staged3 ? undefined : { ...world, ...stage(3, true) }),
  'the file of v2 is put there early': early(2),
  'the file of v3 is put there early': early(3),
  'the file is removed': (world) => (world.file === 'absent' ? undefined : put(world, 'absent')),
  'v2 is to be skipped': skip(2),
  'v3 is to be skipped': skip(3),
  'v2 is not to be skipped any more': skipNoMore(2),
  'v3 is not to be skipped any more': skipNoMore(3),
  'the journal is lost': (world) =>
    down(world) && world.journal !== noJournal ? { ...world, journal: noJournal } : undefined,
};

const point =
  (current: World['current']): Event =>
  (world) =>
    world.current === current || (typeof current === 'number' && !isStaged(world, current))
      ? undefined
      : { ...world, current };

const remove =
  (version: 2 | 3): Event =>
  (world) =>
    isStaged(world, version)
      ? { ...world, ...stage(version, false), ...(version === 2 ? { beside2: false } : { beside3: false }) }
      : undefined;

const restore =
  (app: number, store: number, level: Version): Event =>
  (world, host) => {
    if (!down(world) || world.peak < store || world.level < level || (world.store === store && world.app === app))
      return;
    // The file of then: the node's own, written at its last halt.
    const version = app < store ? dueAt(store) : level;
    const file = version === undefined || (version === 1 && !host.upgradedBefore) ? 'absent' : version;
    return { ...world, app, store, level, file, restored: true };
  };

/** What an operator does by hand, right or wrong. */
export const byHand: Events = {
  'current is lost': point('absent'),
  'current is pointed at a directory that is gone': point('gone'),
  'current is replaced by a directory': point('directory'),
  'current is pointed at genesis': point(1),
  'current is pointed at v2': point(2),
  'current is pointed at v3': point(3),
  'v2 is removed': remove(2),
  'v3 is removed': remove(3),
  'v2 is to be skipped though it is done': skipLate(2),
  'v3 is to be skipped though it is done': skipLate(3),
  'an older file is put back': (world, host) => {
    const older = typeof world.file === 'number' && world.file > 1 ? world.file - 1 : 0;
    if (older === 0 || older > world.level || (older === 1 && !host.upgradedBefore)) return undefined;
    return put(world, older as Version);
  },
  'data from the beginning is restored': restore(1, 1, 1),
  'data from the first halt is restored': restore(2, 3, 1),
  'data from after the first upgrade is restored': restore(3, 3, 2),
  'data from the second halt is restored': restore(4, 5, 2),
};
