import type { Action, Decision } from '../../src/index.js';
import { type Host, type Version, heightOf, versionAt, versionOf } from './host.js';
import { start } from './node.js';
import { type Journal, type World, allDead, dead, isBeside, isStaged } from './world.js';

/** One thing that the supervisor does; what may be cut off is cut off before or after it, not within it. */
export interface Effect {
  readonly name: string;
  readonly make: (world: World) => World;
}

const effect = (name: string, make: (world: World) => World): Effect => ({ name, make });
const record = (name: string, facts: (world: World) => Partial<Journal>): Effect =>
  effect(name, (world) => ({ ...world, journal: { ...world.journal, ...facts(world) } }));

/** The supervisor gives up or passes an ending on; before it does, what lives is stopped. */
const leave = effect('exit', allDead);
/** A child that ends or is stopped leaves its last height on record. */
export const stopped = (world: World): World => {
  const { live, journal } = world;
  const told = live === undefined ? journal : { ...journal, height: live };
  return { ...dead(world), journal: told };
};

/** What carrying a decision out does, in order. A link that is renamed to nothing runnable is refused by the layout. */
export function effectsOf(world: World, host: Host, { action, notes }: Decision): Effect[] {
  const abandoned = notes.some(({ about }) => about === 'abandoned');
  const closed = abandoned ? [record('record abandoned', () => ({ open: 0, from: 0 }))] : [];
  return [...closed, ...ofAction(world, host, action)];
}

function ofAction(world: World, host: Host, action: Action): Effect[] {
  switch (action.do) {
    case 'watch':
      return [];
    case 'end':
    case 'refuse':
      return [effect('stop', stopped), leave];
    case 'run':
      return [
        effect('start', (now) => start(now, host, now.relaunched || now.node === 'ended')),
        record('record started', (now) => ({ current: now.binary })),
      ];
    case 'link': {
      const to = versionOf(action.target);
      if (!isStaged(world, to)) return [leave];
      // What the journal says ran is no guess of ours.
      const judged = world.journal.current === to ? [] : [judge(to)];
      return [...judged, rename(to), record('record link', () => moved(to, 0))];
    }
    case 'restore-file':
      return [effect('restore file', (now) => restored(now, host))];
    case 'upgrade':
    case 'finish': {
      const begun = action.do === 'finish' ? action.upgrade.plan : action.plan;
      const to = versionAt(begun.height);
      const from = action.do === 'finish' ? versionOf(action.upgrade.from) : linkOf(world);
      return upgrade(to, from, action.do === 'finish');
    }
  }
}

/** The upgrade, step by step, as far as a step leaves something behind or can fail. */
function upgrade(to: 2 | 3, from: Version, finish: boolean): Effect[] {
  const beside = to === 2 ? { beside2: true } : { beside3: true };
  return [
    judge(to),
    ...(finish ? [] : [record('record detected', () => ({ open: to, from }))]),
    effect('stop', stopped),
    // Not there any more where the upgrade was begun before: an error, the record stays open.
    effect('check binary', (now) => (isStaged(now, to) ? now : allDead(now))),
    effect('place plan file', (now) => ({ ...now, ...beside })),
    effect('rename link', (now) => rename(to).make(now)),
    record('record current', () => moved(to, from === to ? 0 : from)),
    record('record switched', () => ({ open: 0, from: 0 })),
  ];
}

/** Whether the version is wanted before its height. */
const judge = (to: Version): Effect =>
  effect('judge', (world) => (world.app < heightOf[to] - 1 ? { ...world, mistaken: true } : world));

const rename = (to: Version): Effect => effect('rename link', (world) => ({ ...world, current: to }));

/** `from` 0: where it came from is not known. */
function moved(to: Version, from: 0 | Version): Partial<Journal> {
  const before = to === 2 ? { before2: from } : to === 3 ? { before3: from } : {};
  return { current: to, ...before };
}

const linkOf = ({ current }: World): Version => (typeof current === 'number' ? current : 1);

/** The last good bytes, or those beside the binary. The next start is the second try where a node had ended over it. */
function restored(world: World, host: Host): World {
  const relaunched = world.relaunched || world.node === 'ended';
  const linked = linkOf(world);
  const beside = isBeside(world, host, linked) ? linked : 0;
  const file = world.journal.lastGood === 0 ? beside : world.journal.lastGood;
  return { ...dead(world), relaunched, file: file === 0 ? 'cut' : file };
}
