import type { FileId } from '../locked-files.js';
import { takeFlock } from './flock.js';
import { holdersOf, type Holder } from './holders.js';
import { closeTargets, type LockTarget } from './lock-target.js';
import { homeHeld, lockFailed, type HeldBy } from './messages.js';
import { openTargets, type LockPlaces } from './open-targets.js';
import type { StartedRecord } from './started-record.js';
import { isHarmless } from './supervisor-lock.js';

/** The lock that everything we start inherits. */
export interface ChildrenLock {
  /** The descriptor to be inherited, while we have the lock. */
  readonly descriptor: number | undefined;
  /** One try: whether nobody of before lives, proven by taking the lock anew; then it is ours alone. */
  isClear(): boolean;
  /** Who of before can be seen. */
  find(): readonly Holder[];
  readonly heldBy: HeldBy;
  close(): void;
}

export interface ChildrenLockOptions extends LockPlaces {
  readonly started: StartedRecord;
  /** False where there are no working locks. */
  readonly hasLocks: boolean;
}

export function childrenLock(options: ChildrenLockOptions): ChildrenLock {
  const { started, env, warn } = options;
  let { hasLocks } = options;
  let lock: LockTarget | undefined;
  let culprit = options.file;
  /** What was inherited last by what we started: since then nobody else can have started anything. */
  let lent: FileId | undefined;
  /** Why the last try told nothing. */
  let trouble: string | undefined;
  /** Files whose locks count, whoever has them. */
  const main = new Set<FileId>();
  /** Files whose locks count where they come from a supervisor. */
  const beside = new Set<FileId>();

  const close = () => {
    if (lock !== undefined) closeTargets([lock]);
    lock = undefined;
  };

  const isMain = (file: FileId | undefined) => file !== undefined && main.has(file);

  const find = () => {
    const holders = holdersOf(new Set([...main, ...beside])).filter(({ isOurs, file }) => isOurs || isMain(file));
    const found = new Map(holders.map((holder) => [holder.pid, holder]));
    // Somebody may have closed every descriptor it has inherited.
    for (const holder of started.alive(!hasLocks)) found.set(holder.pid, holder);
    return [...found.values()];
  };

  /** Opens what is to be locked, and remembers each file: one that is gone from its path may still be held. */
  const open = () => {
    const targets = openTargets(options);
    for (const id of main) beside.add(id);
    main.clear();
    targets.forEach(({ id }, index) => (index === 0 ? main : beside).add(id));
    for (const id of main) beside.delete(id);
    culprit = targets[0].path;
    return targets;
  };

  const take = (targets: readonly [LockTarget, ...LockTarget[]]): boolean => {
    trouble = undefined;
    for (const target of lent === targets[0].id ? targets.slice(0, 1) : targets) {
      const result = takeFlock(target.descriptor, env);
      if (typeof result === 'object' && 'failed' in result) {
        // Nothing is proven by that: it is tried again.
        trouble = result.failed;
        return false;
      }
      if (result === 'held' && !isHarmless(target, targets)) {
        culprit = target.path;
        return false;
      }
      if (typeof result === 'object' && target === targets[0]) {
        warn(`cannot lock ${target.path} (${result.unsupported}): what was started before is only known by its record`);
        hasLocks = false;
        return find().every(({ isOurs }) => !isOurs);
      }
    }
    return true;
  };

  return {
    get descriptor() {
      return hasLocks ? lock?.descriptor : undefined;
    },
    isClear() {
      close();
      if (started.alive(!hasLocks).length > 0) return false;
      const targets = open();
      // Beside the two that are tried now: files that were deleted under those who hold them.
      const isGone = beside.size + 1 > targets.length;
      const done = hasLocks
        ? take(targets) && !(isGone && find().some(({ isOurs }) => isOurs))
        : find().every(({ isOurs }) => !isOurs);
      closeTargets(done && hasLocks ? targets.slice(1) : targets);
      if (!done) return false;
      lent = targets[0].id;
      if (hasLocks) [lock] = targets;
      started.empty();
      return true;
    },
    find,
    heldBy: (holders) =>
      trouble === undefined ? homeHeld(culprit, holders, started.latest()) : lockFailed(culprit, trouble),
    close,
  };
}
