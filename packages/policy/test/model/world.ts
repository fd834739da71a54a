import { type Host, type Version, dueAt } from './host.js';

/** Node, disk and supervisor at one moment. Plain data, flat, so that two worlds are compared by their values. */
export interface World {
  /** Blocks that the application has committed, blocks that are stored, and the greatest that was ever stored or signed. */
  readonly app: number;
  readonly store: number;
  readonly peak: number;
  /** The upgrade that the application's state has seen last. */
  readonly level: Version;
  /** `cut`: empty or partial. No proper beginning of a JSON object is one, so how much is missing makes no difference. */
  readonly file: 'absent' | 'cut' | Version;
  /** `gone`: a link to a directory that is not there. A version whose directory was removed dangles as well. */
  readonly current: 'absent' | 'directory' | 'gone' | Version;
  readonly staged2: boolean;
  readonly staged3: boolean;
  /** The plan's file lies beside the binary. */
  readonly beside2: boolean;
  readonly beside3: boolean;
  /** `--unsafe-skip-upgrades` names the height of that version. */
  readonly skip2: boolean;
  readonly skip3: boolean;
  /** The journal, as what the supervisor reads out of it; a lost one is one that tells nothing. */
  readonly journal: Journal;
  /** Whether a supervisor runs. A node without one is an orphan. */
  readonly supervised: boolean;
  /**
   * `writing`: the file is truncated and not whole yet, at the halt; `replaying`: the same in the handshake of a start;
   * `ahead`: the same before the block is decided.
   */
  readonly node: 'none' | 'up' | 'writing' | 'replaying' | 'ahead' | 'halted' | 'ended';
  readonly binary: Version;
  readonly fileChanged: boolean;
  readonly settled: boolean;
  readonly live: number | undefined;
  readonly byOperator: boolean;
  readonly relaunched: boolean;
  /** The operator put a file there before its height: ever, and under this very child. */
  readonly dropped: boolean;
  readonly droppedUnder: boolean;
  /** The operator put data of an earlier height back: what is on record of heights may be ahead of it. */
  readonly restored: boolean;
  /**
   * We have begun an upgrade, or set the link, before its height: that is judged, and what follows is not gone through. For
   * a supervisor it is no other than where the operator points `current` there by hand, which is.
   */
  readonly mistaken: boolean;
}

export interface Journal {
  readonly current: 0 | Version;
  readonly open: 0 | 2 | 3;
  readonly from: 0 | Version;
  readonly lastGood: 0 | Version;
  readonly before2: 0 | Version;
  readonly before3: 0 | Version;
  readonly height: number;
  /** That upgrade was passed by the binary before it, as it was to be skipped. */
  readonly passed2: boolean;
  readonly passed3: boolean;
}

export const noJournal: Journal = {
  current: 0,
  open: 0,
  from: 0,
  lastGood: 0,
  before2: 0,
  before3: 0,
  height: 0,
  passed2: false,
  passed3: false,
};

const fresh = { fileChanged: false, settled: false, live: undefined, byOperator: false, droppedUnder: false } as const;
/** What the supervisor knows of a child at its spawn. */
export const newborn = { ...fresh, relaunched: false } as const;

export const begin = (host: Host): World => ({
  app: 1,
  store: 1,
  peak: 1,
  level: 1,
  file: host.upgradedBefore ? 1 : 'absent',
  current: 1,
  staged2: false,
  staged3: false,
  beside2: false,
  beside3: false,
  skip2: false,
  skip3: false,
  journal: noJournal,
  supervised: false,
  node: 'none',
  binary: 1,
  ...newborn,
  dropped: false,
  restored: false,
  mistaken: false,
});

/** Worlds with the same key are the same. */
export function keyOf(world: World): string {
  const { journal, ...rest } = world;
  return `${Object.values(rest).join()},${Object.values(journal).join()}`;
}

export const alive = ({ node }: World): boolean => node !== 'none' && node !== 'ended';
export const writes = ({ node }: World): boolean => node === 'writing' || node === 'replaying' || node === 'ahead';
export const isStaged = (world: World, version: Version): boolean =>
  version === 1 || (version === 2 ? world.staged2 : world.staged3);

export const isSkipped = (world: World, version: Version): boolean =>
  version !== 1 && (version === 2 ? world.skip2 : world.skip3);
export const isBeside = (world: World, host: Host, version: Version): boolean =>
  version === 1 ? host.upgradedBefore : version === 2 ? world.beside2 : world.beside3;

export const isPassed = ({ journal }: World, version: Version): boolean =>
  version !== 1 && (version === 2 ? journal.passed2 : journal.passed3);

/** What ran before that version: as recorded; else as the disk has it, where its plan lies beside it. */
export function predecessor(world: World, host: Host, version: Version): Version | undefined {
  const { before2, before3 } = world.journal;
  const recorded = version === 1 ? 0 : version === 2 ? before2 : before3;
  if (recorded !== 0) return recorded;
  if (version === 1 || !isBeside(world, host, version)) return undefined;
  return version === 3 && world.staged2 && world.beside2 ? 2 : 1;
}

/** The greatest height that is known where no node answers; 0 where none is. */
export function offlineHeight({ journal, store, peak }: World, { offline }: Host): number {
  if (offline === 'nothing') return journal.height;
  return Math.max(journal.height, offline === 'wal' ? store : peak);
}

/** The version that `current` runs; undefined where it runs none. */
export function linkedVersion(world: World): Version | undefined {
  const { current } = world;
  return typeof current === 'number' && isStaged(world, current) ? current : undefined;
}

/** The node is gone. Which binary it was, and what was known of it, makes no difference any more. */
export const dead = (world: World): World => ({ ...world, ...newborn, node: 'none', binary: 1 });
/** The supervisor is gone; what it started lives on. */
export const unsupervised = (world: World): World =>
  alive(world) ? { ...world, ...newborn, supervised: false } : { ...dead(world), supervised: false };
export const allDead = (world: World): World => ({ ...dead(world), supervised: false });

/** Its binary, which `current` names or the journal, cannot execute the stored block, for which the file is whole. */
export const isDue = (world: World): boolean =>
  world.store > world.app &&
  world.file === dueAt(world.app + 1) &&
  world.binary === world.level &&
  (linkedVersion(world) ?? world.journal.current) === world.level;
