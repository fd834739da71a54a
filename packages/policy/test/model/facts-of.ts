import type { CurrentFact, Facts, StagedFact } from '../../src/index.js';
import { cutOff, linked, missing, names, opened, runnable } from '../facts.js';
import { type Host, type Version, heightOf, planOf, targetOf } from './host.js';
import { type World, alive, isBeside, isPassed, isSkipped, isStaged, linkedVersion, predecessor } from './world.js';

/** What a supervisor finds in a world. */
export function factsOf(world: World, host: Host): Facts {
  const { file, journal } = world;
  const current = currentOf(runningLink(world), host);
  const beside = current.state === 'linked' ? current.plan : undefined;
  return {
    file: file === 'absent' ? { state: 'absent' } : file === 'cut' ? cutOff : names(planOf[file]),
    lastGood: journal.lastGood === 0 ? beside : planOf[journal.lastGood],
    current,
    journalCurrent:
      current.state === 'linked' || journal.current === 0
        ? undefined
        : {
            target: targetOf[journal.current],
            runnable: isStaged(world, journal.current),
            height: journal.current === 1 ? undefined : heightOf[journal.current],
          },
    staged: file === 'absent' || file === 'cut' ? undefined : stagedOf(world, host, file),
    child: childOf(world),
    heights: heightsOf(world, host),
    open: openOf(world),
    skipHeights: skipHeightsOf(world),
    manual: [],
    downloadAllowed: false,
    scriptMayBring: false,
  };
}

/** While a node lives, `current` is what it runs, also where the link was moved by hand since. */
function runningLink(world: World): World {
  const isLinked = linkedVersion(world) !== undefined && isStaged(world, linkedVersion(world) ?? 1);
  return alive(world) && isLinked ? { ...world, current: world.binary } : world;
}

/** Those of the flag, and that of the file's plan where it was passed before. */
function skipHeightsOf(world: World): number[] {
  const isOf = (version: Version) => isSkipped(world, version) || (version === world.file && isPassed(world, version));
  return ([2, 3] as const).filter(isOf).map((version) => heightOf[version]);
}

function currentOf(world: World, host: Host): CurrentFact {
  const { current } = world;
  switch (current) {
    case 'absent':
      return { state: 'absent' };
    case 'directory':
      return { state: 'not-a-link', kind: 'directory' };
    case 'gone':
      return { state: 'dangling', target: 'upgrades/v9' };
    default: {
      if (!isStaged(world, current)) return { state: 'dangling', target: targetOf[current] };
      const before = predecessor(world, host, current);
      return linked(targetOf[current], besideOf(world, host, current), before && targetOf[before]);
    }
  }
}

const besideOf = (world: World, host: Host, version: Version) =>
  isBeside(world, host, version) ? planOf[version] : undefined;

const stagedOf = (world: World, host: Host, version: Version): StagedFact =>
  version !== 1 && isStaged(world, version)
    ? runnable(targetOf[version], isBeside(world, host, version) && predecessor(world, host, version) !== world.current)
    : missing(`upgrades/v${version}`);

function childOf(world: World): Facts['child'] {
  const { fileChanged, live: liveHeight, settled, relaunched } = world;
  if (alive(world)) return { state: 'alive', fileChanged, liveHeight, settled };
  if (world.node === 'none') return { state: 'none' };
  const by = world.byOperator ? 'operator' : 'itself';
  // One that has told its height since was no second try in vain.
  return { state: 'ended', fileChanged, liveHeight, by, relaunched: relaunched && liveHeight === undefined };
}

function heightsOf({ journal, store, peak }: World, { offline }: Host): Facts['heights'] {
  return {
    recorded: journal.height === 0 ? undefined : journal.height,
    wal: offline === 'wal' ? store : undefined,
    // What a validator has signed for is never lowered, whatever data is put back.
    validator: offline === 'validator' ? peak : undefined,
  };
}

function openOf({ journal: { open, from } }: World): Facts['open'] {
  if (open === 0) return undefined;
  return opened(planOf[open], targetOf[from === 0 ? 1 : from], targetOf[open]);
}
