import { type Host, type Version, dueAt, heightOf } from './host.js';
import {
  type World,
  isBeside,
  isPassed,
  isSkipped,
  isStaged,
  linkedVersion,
  offlineHeight,
  predecessor,
} from './world.js';

/**
 * Why no supervisor could bring this world to its last block: what only the operator or another binary can mend. Undefined
 * where nothing forbids it: then an upgrade is missed where it does not come to that.
 */
export function obstacle(world: World, host: Host): string | undefined {
  const { level, app, file, current, restored, dropped } = world;
  const todo = ([2, 3] as const).filter(
    (version) => version > level && heightOf[version] <= host.last && !isSkipped(world, version),
  );
  if (current === 'directory') return 'current is a directory';
  if (file === 'cut' && host.reads && !mayBePutBack(world, host)) return 'the node cannot start over the file';
  if (host.fails && todo.includes(2)) return 'the new binary fails';
  if (todo.some((version) => app >= heightOf[version])) return 'a skipped upgrade is not to be skipped any more';
  if (todo.some((version) => !isStaged(world, version))) return 'a binary is missing';
  if (restored && dropped) return 'a file was put there early, and what is known of heights is ahead of the data';
  if (restored && todo.some((version) => isPassed(world, version))) return 'what is on record as skipped is to be made';
  if (restored && isForSkipped(world)) return 'what is known of heights may be of blocks above the skipped upgrade';
  if (isSkipped(world, level)) return 'what is done is to be skipped';
  if (isUnexplained(world)) return 'current was pointed by hand at what has no plan beside it';
  return fits(world, host) ? undefined : 'what would run does not fit the data';
}

function mayBePutBack(world: World, host: Host): boolean {
  const linked = linkedVersion(world);
  return world.journal.lastGood !== 0 || (linked !== undefined && isBeside(world, host, linked));
}

function isForSkipped(world: World): boolean {
  const linked = linkedVersion(world);
  return linked !== undefined && linked > world.level && isSkipped(world, linked);
}

/** Whether what would run can execute the next block or halts for it, or the link goes back from what is skipped. */
function fits(world: World, host: Host): boolean {
  const version = wouldRun(world, host);
  if (version === world.level) return true;
  if (version === undefined || version !== dueAt(world.app + 1)) return false;
  if (!isSkipped(world, version)) return true;
  return linkedVersion(world) === version && predecessor(world, host, version) === world.level;
}

/** What `current` runs, or would be set to where it runs nothing; undefined where that is refused. */
function wouldRun(world: World, host: Host): Version | undefined {
  const { file, journal } = world;
  const linked = linkedVersion(world);
  if (linked !== undefined) return linked;
  if (journal.current !== 0 && isStaged(world, journal.current)) return journal.current;
  const named = file === 'cut' ? journal.lastGood : file;
  const staged = (named === 2 || named === 3) && isStaged(world, named) && !isSkipped(world, named);
  // Where another is known to have run, only a plan whose height is reached.
  if (staged && (journal.current === 0 || offlineHeight(world, host) >= heightOf[named])) return named;
  return journal.current === 0 ? 1 : undefined;
}

/** `current` is an upgrade's directory that has no plan beside its binary and is not what the file names. */
export function isUnexplained(world: World): boolean {
  const linked = linkedVersion(world);
  return (linked === 2 || linked === 3) && !(linked === 2 ? world.beside2 : world.beside3) && linked !== world.file;
}
