import { type Events, ofTheNode, ofTheSupervisor } from './events.js';
import { type Host } from './host.js';
import { settle } from './settle.js';
import { type World, writes } from './world.js';

const events: Events = { ...ofTheNode, ...ofTheSupervisor };

/** More starts than these are never needed: one, and one more where it only then shows what was written. */
const STARTS = 2;
/** More than the blocks of the model and what a halt takes. */
const MOST = 40;

/**
 * What becomes of a world that nobody disturbs any more: blocks come, files become whole, a halted node is asked and the
 * settle time passes; where the supervisor is gone it is started, as systemd does, at most so often between two blocks.
 */
export function calm(from: World, host: Host, most = STARTS): World {
  let world = from;
  let starts = 0;
  for (let step = 0; step < MOST; step += 1) {
    const event = next(world, host);
    if (event === undefined) return world;
    if (event === 'the supervisor is started') {
      starts += 1;
      if (starts > most) return world;
    }
    const app = world.app;
    world = settle(events[event]?.(world, host) ?? world, host).world;
    if (world.app > app) starts = 0;
  }
  throw new Error('blocks come without end');
}

function next(world: World, host: Host): keyof typeof events | undefined {
  if (!world.supervised) return 'the supervisor is started';
  if (writes(world)) return 'the file becomes whole';
  if (world.node === 'up') return world.app < host.last ? 'a block comes' : undefined;
  if (host.rpc && world.live !== world.store) return 'the node tells its height';
  return world.settled ? undefined : 'the settle time passes in silence';
}

/** What the outcome of an upgrade is told by. */
export const outcome = (world: World): string =>
  JSON.stringify([world.app, world.store, world.level, world.file, world.current, world.node, world.binary]);

/** Whether the version that the data needs runs at the last block. */
export const arrived = ({ app, node, binary, level, current }: World, { last }: Host): boolean =>
  app === last && node === 'up' && binary === level && current === level;
