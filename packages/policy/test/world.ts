import type { Decision, Facts } from '../src/index.js';
import { V1, cutOff, linked, missing, names, opened, plan, runnable } from './facts.js';

/** The upgrade of the model: the old binary executes up to block 3. Its world starts at block 1. */
export const H = 4;
export const NEXT = plan('v2', H);
const TO = 'upgrades/v2';
/** The plan that a file of the time before names; `genesis` is for it. */
const BEFORE = { ...V1, height: 1 };

/** What differs from one node and one host to another. */
export interface Host {
  /** The node's RPC can be asked. */
  readonly rpc: boolean;
  /** At the halt the node ends (block sync) rather than staying alive. */
  readonly ends: boolean;
  /** What the disk tells of heights. */
  readonly offline: 'nothing' | 'wal' | 'validator';
  /** A node of SDK 0.47 or newer reads the file at start, and panics where it is cut off. */
  readonly reads: boolean;
  /** A file of an earlier upgrade is there from the beginning. */
  readonly upgradedBefore: boolean;
}

/** Node, disk and supervisor at one moment. Plain data, compared by its JSON. */
export interface World {
  /** Blocks that the application has committed, and blocks that are stored: at the halt one more. */
  readonly app: number;
  readonly store: number;
  readonly file: 'absent' | 'cut' | 'before' | 'next';
  readonly lastGood: 'before' | 'next' | undefined;
  readonly current: 'absent' | 'genesis' | typeof TO;
  readonly journal: { readonly current: string } | undefined;
  readonly switched: boolean;
  readonly open: boolean;
  readonly staged: boolean;
  readonly skip: boolean;
  /** `down`: no supervisor either. */
  readonly node: 'down' | 'none' | 'up' | 'halted' | 'ended';
  readonly binary: 'old' | 'new';
  readonly fileChanged: boolean;
  readonly settled: boolean;
  readonly live: number | undefined;
  readonly byOperator: boolean;
  readonly relaunched: boolean;
  /** The operator put the file there before the height: ever, and under this very child. */
  readonly dropped: boolean;
  readonly droppedUnder: boolean;
}

export const begin = (host: Host): World => ({
  app: 1,
  store: 1,
  file: host.upgradedBefore ? 'before' : 'absent',
  lastGood: host.upgradedBefore ? 'before' : undefined,
  current: 'genesis',
  journal: { current: 'genesis' },
  switched: false,
  open: false,
  staged: false,
  skip: false,
  node: 'down',
  binary: 'old',
  fileChanged: false,
  settled: false,
  live: undefined,
  byOperator: false,
  relaunched: false,
  dropped: false,
  droppedUnder: false,
});

const read = (file: 'before' | 'next') => (file === 'next' ? NEXT : BEFORE);

/** What a supervisor would find in this world. */
export function factsOf(world: World, host: Host): Facts {
  const { file, node, fileChanged, live, settled, relaunched } = world;
  const beside = { genesis: host.upgradedBefore ? BEFORE : undefined, [TO]: world.switched ? NEXT : undefined };
  return {
    file: file === 'absent' ? { state: 'absent' } : file === 'cut' ? cutOff : names(read(file)),
    lastGood: world.lastGood && read(world.lastGood),
    current:
      world.current === 'absent'
        ? { state: 'absent' }
        : linked(world.current, beside[world.current], world.current === TO && world.journal ? 'genesis' : undefined),
    journalCurrent: world.journal && { target: world.journal.current, runnable: true },
    staged: file !== 'next' ? undefined : world.staged ? runnable(TO) : missing(TO),
    child:
      node === 'up' || node === 'halted'
        ? { state: 'alive', fileChanged, liveHeight: live, settled }
        : node === 'ended'
          ? { state: 'ended', fileChanged, liveHeight: live, by: world.byOperator ? 'operator' : 'itself', relaunched }
          : { state: 'none' },
    heights: host.offline === 'nothing' ? {} : { [host.offline]: world.store },
    open: world.open ? opened(NEXT, 'genesis', TO) : undefined,
    skipHeights: world.skip ? [H] : [],
    manual: [],
    downloadAllowed: false,
    scriptMayBring: false,
  };
}

const fresh = { fileChanged: false, settled: false, live: undefined, byOperator: false, droppedUnder: false } as const;

/** The node writes the file and then halts, or ends, without executing block H. */
const halt = (world: World, host: Host): World => {
  const node = host.ends ? 'ended' : 'halted';
  return { ...world, file: 'next', fileChanged: true, settled: false, store: H, node };
};

/** Starts what `current` points to: up to its first block, or to its end in the handshake. */
export function start(world: World, host: Host, relaunched: boolean): World {
  const binary = world.current === TO ? 'new' : 'old';
  const node: World = { ...world, ...fresh, binary, relaunched, node: 'up' };
  if (world.file === 'cut' && host.reads) return { ...node, node: 'ended' };
  if (world.store === world.app) return node;
  if (binary === 'new' || world.skip) return { ...node, app: world.store };
  return { ...node, file: 'next', fileChanged: true, node: 'ended' };
}

/** One block more. */
export function block(world: World, host: Host): World {
  const next = world.app + 1;
  if (next === H && world.binary === 'old' && !world.skip) return halt(world, host);
  return { ...world, app: next, store: next };
}

export const stop = (world: World): World => ({ ...world, ...fresh, node: 'down' });

/** Carries out one decision; a world that is `up`, `halted` or `down` after it waits for an event. */
export function carryOut(world: World, host: Host, { action, notes }: Decision): World {
  const kept = { ...world, open: world.open && !notes.some(({ about }) => about === 'abandoned') };
  switch (action.do) {
    case 'watch':
      return kept;
    case 'end':
    case 'refuse':
      return stop(kept);
    case 'run':
      return start(kept, host, world.node === 'ended');
    case 'link':
      return { ...kept, current: action.target === TO ? TO : 'genesis', journal: { current: action.target } };
    case 'restore-file':
      return { ...kept, file: kept.lastGood ?? 'cut' };
    case 'upgrade':
    case 'finish':
      return start(switchOver({ ...kept, open: false }), host, false);
  }
}

export const switchOver = (world: World): World => ({
  ...world,
  current: TO,
  journal: { current: TO },
  switched: true,
});
