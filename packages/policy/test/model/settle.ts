import { type Decision, decide } from '../../src/index.js';
import { effectsOf } from './carry-out.js';
import { factsOf } from './facts-of.js';
import { type Host, heightOf } from './host.js';
import {
  type World,
  allDead,
  alive,
  isBeside,
  isPassed,
  isSkipped,
  keyOf,
  linkedVersion,
  noJournal,
  offlineHeight,
  unsupervised,
} from './world.js';

/** One decision, the world that it was made in, and the worlds after each of its effects. */
export interface Step {
  readonly world: World;
  readonly decision: Decision;
  readonly after: readonly { readonly effect: string; readonly world: World }[];
}

/** Where a supervisor has settled: it waits for an event, or is gone. */
export interface Settled {
  readonly steps: readonly Step[];
  readonly world: World;
}

/** More decisions than these without an event would be a loop; the longest way known takes eight. */
const MOST = 16;

/** What a supervisor does after an event until it waits for the next: every decision, carried out. */
export function settle(from: World, host: Host): Settled {
  const steps: Step[] = [];
  let world = from;
  while (world.supervised) {
    world = seen(world, host);
    const decision = decide(factsOf(world, host));
    const after: { effect: string; world: World }[] = [];
    steps.push({ world, decision, after });
    if (steps.length > MOST) throw new Error(`no end: ${steps.map((step) => step.decision.rule).join(', ')}`);
    for (const { name, make } of effectsOf(world, host, decision)) {
      if (!world.supervised) break;
      world = make(world);
      after.push({ effect: name, world });
    }
    if (alive(world) && decision.action.do === 'watch') break;
  }
  return { steps, world };
}

/** What is put on record as soon as it is seen: the last file that parsed, and that a skipped upgrade is passed. */
function seen(world: World, host: Host): World {
  const { file, journal } = world;
  if (file === 'absent' || file === 'cut') return world;
  const isMade = world.current === file && isBeside(world, host, file);
  const known = Math.max(offlineHeight(world, host), world.live ?? 0);
  const passed = linkedVersion(world) !== undefined && !isMade && isSkipped(world, file) && known > heightOf[file];
  if (file === journal.lastGood && (!passed || isPassed(world, file))) return world;
  const passing = !passed ? {} : file === 2 ? { passed2: true } : { passed3: true };
  return { ...world, journal: { ...journal, lastGood: file, ...passing } };
}

/** A world that is left when something dies at once, and what has died. */
export interface Cut {
  readonly how: string;
  readonly world: World;
}

/**
 * Everything that may be killed at one moment. A process that dies takes no record with it. Where the power fails, records
 * that were written since `journals` began may be lost, the latest first, and the file as far as the node never synced it.
 */
export function cutsAt(world: World, journals: readonly World['journal'][]): Cut[] {
  const cuts: Cut[] = [];
  if (world.supervised) cuts.push({ how: 'the supervisor is killed', world: unsupervised(world) });
  cuts.push({ how: 'all is killed', world: allDead(world) });
  for (const journal of journals) {
    const off = { ...allDead(world), journal };
    cuts.push({ how: 'the power fails', world: off });
    if (alive(world) && off.file !== 'absent') {
      cuts.push({ how: 'the power fails and cuts the file', world: { ...off, file: 'cut' } });
    }
  }
  return cuts;
}

/** Every world that is left when something is killed between two effects of the supervisor. */
export function cutShort({ steps }: Settled): Cut[] {
  const cuts: Cut[] = [];
  const known = new Set<string>();
  // The first: the journal may be lost as a whole, at any moment.
  const journals: World['journal'][] = [noJournal];
  const add = (at: string, world: World) => {
    if (journals.at(-1) !== world.journal) journals.push(world.journal);
    for (const cut of cutsAt(world, journals)) {
      const key = keyOf(cut.world);
      if (known.has(key)) continue;
      known.add(key);
      cuts.push({ ...cut, how: `${cut.how} after: ${at}` });
    }
  };
  for (const { world, decision, after } of steps) {
    add(`decision ${decision.rule}`, world);
    for (const { effect, world: then } of after) {
      // These are waited for: what follows finds them, and all before them, on disk.
      if (effect === 'record abandoned' || effect === 'record link') journals.splice(1, journals.length, then.journal);
      add(effect, then);
    }
  }
  return cuts;
}
