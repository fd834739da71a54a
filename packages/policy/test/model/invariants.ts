import type { Action, Decision } from '../../src/index.js';
import { arrived, calm, outcome } from './calm.js';
import { type Exception, exceptionFor } from './exceptions.js';
import type { Observer } from './explore.js';
import { type Host, type Version, heightOf, versionAt, versionOf } from './host.js';
import { fate } from './node.js';
import { obstacle } from './obstacle.js';
import { type Settled, type Step, cutShort } from './settle.js';
import { type World, allDead, isDue, isSkipped, isStaged, keyOf, linkedVersion } from './world.js';

/** What is looked at, besides every step. */
export type Look = 'started again' | 'halted' | 'ended' | 'cut off';

/** What is watched over every world and every step. Told of each exception that is accepted, and of each further look. */
export function invariants(onException: (name: Exception) => void, onLook: (look: Look) => void): Observer {
  const calmed = remember(calm);
  return {
    step: (step, host) => {
      for (const wrong of wrongsOf(step, host)) {
        const exception = exceptionFor(wrong, step, host);
        if (exception === undefined) return `${wrong} (${describe(step.decision)})`;
        onException(exception);
      }
      return undefined;
    },
    world: (world, host) => {
      if (obstacle(world, host) !== undefined) return undefined;
      onLook('started again');
      if (!arrived(calmed(allDead(world), host), host)) return 'an upgrade is missed';
      if (!world.supervised || world.node !== 'halted' || !isDue(world)) return undefined;
      onLook('halted');
      return arrived(calm(world, host, 0), host) ? undefined : 'an upgrade waits for a start under a halted node';
    },
    settled: (settled, host) => atItsEnd(settled, host, onLook) ?? sameEnd(settled, host, calmed, onLook),
  };
}

export type Wrong =
  | 'A1: what cannot run is to be linked'
  | 'an upgrade is early'
  | 'a skipped upgrade is made'
  | 'the link goes backwards'
  | 'a node that can make blocks is stopped'
  | 'an ending that the operator asked for is not passed on'
  | 'a node is started over an upgrade that is on record as begun'
  | 'a node is started a third time';

/** What is not as it should be, whoever is to blame. A second node on the home (A2) is not even started: the model throws. */
function wrongsOf({ world, decision: { action }, after }: Step, host: Host): Set<Wrong> {
  const wrongs = new Set<Wrong>();
  if (wanted(action).some((version) => !isStaged(world, version))) wrongs.add('A1: what cannot run is to be linked');
  const stops = action.do !== 'watch' && world.node === 'up' && fate(world, host, world.binary) === 'made';
  if (stops) wrongs.add('a node that can make blocks is stopped');
  const asked = world.node === 'ended' && world.byOperator;
  if (asked && action.do !== 'end') wrongs.add('an ending that the operator asked for is not passed on');
  let before = world;
  for (const { effect, world: now } of after) {
    if (now.mistaken && !before.mistaken) wrongs.add('an upgrade is early');
    if (effect === 'start') for (const wrong of wrongsOfStart(before)) wrongs.add(wrong);
    if (effect === 'rename link') for (const wrong of wrongsOfRename(before, now)) wrongs.add(wrong);
    before = now;
  }
  return wrongs;
}

function* wrongsOfStart(before: World): Generator<Wrong> {
  if (before.journal.open !== 0) yield 'a node is started over an upgrade that is on record as begun';
  const again = before.node === 'ended' && before.relaunched && before.live === undefined;
  if (again) yield 'a node is started a third time';
}

/** What the link is to name, and is said to be there. */
function wanted(action: Action): Version[] {
  if (action.do === 'link') return [versionOf(action.target)];
  return action.do === 'upgrade' && action.binary === 'staged' ? [versionAt(action.plan.height)] : [];
}

function* wrongsOfRename(before: World, now: World): Generator<Wrong> {
  const to = now.current;
  if (typeof to !== 'number') return;
  const from = linkedVersion(before) ?? ranLast(before);
  if (to < from) yield 'the link goes backwards';
  if (to !== from && to > now.level && (isSkipped(now, to) || now.app >= heightOf[to]))
    yield 'a skipped upgrade is made';
}

/** What is on record; else what a link names that leads nowhere any more. */
function ranLast({ journal, current }: World): Version | 0 {
  if (journal.current !== 0) return journal.current;
  return typeof current === 'number' ? current : 0;
}

/** A node that ends for its upgrade, rather than staying, is upgraded by the supervisor that saw it end. */
function atItsEnd({ steps, world: then }: Settled, host: Host, onLook: (look: Look) => void): string | undefined {
  const world = steps[0]?.world;
  if (world === undefined || world.node !== 'ended' || world.byOperator || world.relaunched || !isDue(world)) return;
  if (!world.fileChanged || obstacle(world, host) !== undefined) return;
  onLook('ended');
  return arrived(calm(then, host, 0), host) ? undefined : 'an upgrade waits for a start after the end of its node';
}

/** A4: an upgrade that is cut off anywhere, with whatever is lost of the journal, ends as the undisturbed one. */
function sameEnd(settled: Settled, host: Host, calmed: typeof calm, onLook: (look: Look) => void) {
  const at = settled.steps.findIndex(({ decision: { action } }) => action.do === 'upgrade' || action.do === 'finish');
  const begun = settled.steps[at];
  if (begun === undefined || obstacle(begun.world, host) !== undefined) return undefined;
  // One that is wrong as a whole, and accepted, need not be carried through.
  if (wrongsOf(begun, host).size > 0) return undefined;
  const end = outcome(calmed(settled.world, host));
  for (const cut of cutShort({ steps: settled.steps.slice(at), world: settled.world })) {
    if (obstacle(cut.world, host) !== undefined) continue;
    onLook('cut off');
    if (outcome(calmed(cut.world, host)) !== end) return `A4: cut off, it ends otherwise: ${cut.how}`;
  }
  return undefined;
}

function describe({ rule, action }: Decision): string {
  if (action.do !== 'upgrade') return rule;
  return `${rule}, proven by ${action.proof.by === 'height' ? action.proof.source : action.proof.by}`;
}

function remember(of: typeof calm): typeof calm {
  const known = new Map<string, World>();
  return (world, host) => {
    const key = keyOf(world);
    const found = known.get(key) ?? of(world, host);
    known.set(key, found);
    return found;
  };
}
