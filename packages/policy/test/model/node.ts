import { type Host, type Version, dueAt } from './host.js';
import { type World, alive, isSkipped, newborn } from './world.js';

/**
 * What becomes of the next block under a binary. `halts`: it writes the file and stops; `wrong`: a binary that is too new
 * or too old for the state refuses it, and writes nothing; `fails`: the migration does.
 */
export function fate(world: World, host: Host, binary: Version): 'made' | 'halts' | 'wrong' | 'fails' {
  const due = dueAt(world.app + 1);
  if (due === undefined || isSkipped(world, due)) return binary === world.level ? 'made' : 'wrong';
  // The check for a binary that is too old is made only where no plan is due.
  if (binary < due) return 'halts';
  return host.fails && due === 2 ? 'fails' : 'made';
}

const made = (world: World): World => {
  const app = world.app + 1;
  const due = dueAt(app);
  const level = due === undefined || isSkipped(world, due) ? world.level : due;
  const store = Math.max(world.store, app);
  return { ...world, app, store, peak: Math.max(world.peak, store), level };
};

const changed = { fileChanged: true, settled: false } as const;

/** Starts what `current` points to: up to where it waits for blocks, writes the file, or ends in the handshake. */
export function start(world: World, host: Host, relaunched: boolean): World {
  if (alive(world)) throw new Error('two nodes live on one home');
  const binary = world.current;
  if (typeof binary !== 'number') throw new Error('started what is not there');
  const node: World = { ...world, ...newborn, binary, relaunched, node: 'up' };
  if (world.file === 'cut' && host.reads) return { ...node, node: 'ended' };
  if (world.store === world.app) return node;
  switch (fate(node, host, binary)) {
    case 'made':
      return made(node);
    case 'halts':
      return { ...node, ...changed, file: 'cut', node: 'replaying' };
    default:
      return { ...node, node: 'ended' };
  }
}

/** One block more, or the attempt at it. */
export function block(world: World, host: Host): World {
  const store = world.app + 1;
  const stored: World = { ...world, store, peak: Math.max(world.peak, store) };
  switch (fate(world, host, world.binary)) {
    case 'made':
      return made(world);
    case 'halts':
      return { ...stored, ...changed, file: 'cut', node: 'writing' };
    default:
      return { ...stored, node: host.ends ? 'ended' : 'halted' };
  }
}

/** The node truncates the file before the block is decided; as a validator it has signed for its height. */
export const writeAhead = (world: World): World => ({
  ...world,
  ...changed,
  file: 'cut',
  peak: Math.max(world.peak, world.app + 1),
  node: 'ahead',
});

/** The file becomes whole; then the node halts, ends, or goes on. */
export function finishFile(world: World, host: Host): World {
  const file = dueAt(world.app + 1) ?? 'cut';
  const halted = host.ends ? 'ended' : 'halted';
  const node = { writing: halted, replaying: 'ended', ahead: 'up' } as const;
  return { ...world, ...changed, file, droppedUnder: false, node: node[world.node as keyof typeof node] };
}
