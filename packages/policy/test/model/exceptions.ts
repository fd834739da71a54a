import { type Host, heightOf } from './host.js';
import type { Wrong } from './invariants.js';
import { isUnexplained } from './obstacle.js';
import type { Step } from './settle.js';
import { type World, isPassed, isSkipped, linkedVersion, offlineHeight } from './world.js';

/** By which name something that looks wrong is accepted; undefined where it is not. */
export type Exception =
  /** Proofs (b) and (c) over a file that the operator put there early under this very child, which never answered. */
  | 'blind'
  /** `current` is missing, nothing that runs is on record, and the file was put there early. */
  | 'a guess'
  /** The data was put back to an earlier height under a file that was put there early: what is on record is ahead of it. */
  | 'stale heights'
  /** `current` names that version already: it is only recorded, for which a node of it is started anew. */
  | 'current already'
  /** The link goes back from what is to be skipped, to what is recorded to have run before, whatever the data is by now. */
  | 'skipped'
  /** The operator skips what is done already, and no block above it is known. */
  | 'skipped too late'
  /** `current` dangles, and nothing is on record. */
  | 'nothing on record'
  /** The operator pointed `current` at a directory that has no plan beside its binary: taken for older than any file. */
  | 'no plan beside'
  /** The operator moved the link under a live child: the facts tell what `current` is, not what the child runs. */
  | 'moved under it'
  /** The flag that skipped an upgrade was taken away before any height above its own was told, and the file still names it. */
  | 'not skipped any more';

/** Each is as narrow as its words: the conditions are of the model, which knows more than the facts tell. */
export function exceptionFor(wrong: Wrong, step: Step, host: Host): Exception | undefined {
  const { world, decision } = step;
  const { action, rule } = decision;
  const linked = linkedVersion(world);
  if (rule === 'skipped-back' && linked !== undefined) {
    // Towards what the data needs; or nothing happens, as the layout refuses to link what cannot run.
    if (linked > world.level) return 'skipped';
    return offlineHeight(world, host) <= heightOf[linked] ? 'skipped too late' : undefined;
  }
  const blind = world.droppedUnder && world.live === undefined;
  switch (wrong) {
    case 'an upgrade is early':
      if (blind && !isByHeight(step)) return 'blind';
      if (linked !== undefined && linked === world.file) return 'current already';
      if (action.do === 'link' && world.dropped && world.journal.current === 0) return 'a guess';
      return isStale(step) ? 'stale heights' : undefined;
    case 'a node that can make blocks is stopped':
      if (blind) return 'blind';
      if (wasSkipped(world)) return 'not skipped any more';
      if (isUnexplained(world)) return 'no plan beside';
      if (linked !== world.binary) return 'moved under it';
      return action.do === 'upgrade' && linked === world.file && world.fileChanged ? 'current already' : undefined;
    case 'the link goes backwards':
      return backwards(step);
    case 'a skipped upgrade is made':
      return wasSkipped(world) ? 'not skipped any more' : undefined;
    default:
      return undefined;
  }
}

function backwards({ world, decision: { rule } }: Step): Exception | undefined {
  const { journal } = world;
  const linked = linkedVersion(world);
  // One that is finished was begun from there.
  if (isUnexplained(world)) return rule !== 'unfinished' || journal.from === linked ? 'no plan beside' : undefined;
  if (linked !== undefined) return undefined;
  return journal.current === 0 ? 'nothing on record' : undefined;
}

const isByHeight = ({ decision: { action } }: Step): boolean => action.do === 'upgrade' && action.proof.by === 'height';

function isStale(step: Step): boolean {
  const { world, decision } = step;
  if (!world.restored || !world.dropped) return false;
  // One that is finished, or linked, was proven before, or is by what is on record.
  return decision.action.do !== 'upgrade' || (isByHeight(step) && world.peak > world.store);
}

/** The data is past the height of what the file names, and did not go through its upgrade; that is not on record. */
function wasSkipped(world: World): boolean {
  const { file, level, app } = world;
  if (file !== 2 && file !== 3) return false;
  return file > level && app >= heightOf[file] && !isSkipped(world, file) && !isPassed(world, file);
}
