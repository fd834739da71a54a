import type { FileId } from '../locked-files.js';
import { takeFlock } from './flock.js';
import { holdersOf } from './holders.js';
import { closeTargets, type LockTarget } from './lock-target.js';
import { openTargets, type LockPlaces } from './open-targets.js';

export type SupervisorLock =
  | { readonly kind: 'locked'; readonly targets: readonly LockTarget[] }
  | { readonly kind: 'held'; readonly path: string; readonly id: FileId }
  /** There are no such locks here. */
  | { readonly kind: 'unlocked' }
  /** It cannot be told, this time. */
  | { readonly kind: 'failed'; readonly reason: string };

/** One try to take the lock that the supervisor alone holds: nobody inherits its descriptors. */
export function takeSupervisorLock(places: LockPlaces): SupervisorLock {
  const targets = openTargets(places);
  const give = <T extends SupervisorLock>(lock: T): T => {
    closeTargets(targets);
    return lock;
  };
  for (const target of targets) {
    const result = takeFlock(target.descriptor, places.env);
    if (result === 'held' && !isHarmless(target, targets))
      return give({ kind: 'held', path: target.path, id: target.id });
    if (typeof result === 'object' && 'failed' in result) return give({ kind: 'failed', reason: result.failed });
    // A directory cannot be locked on every file system: beside a locked file that is no harm.
    if (typeof result === 'object' && target === targets[0]) {
      warnOfMissingLocks(places, result.unsupported);
      return give({ kind: 'unlocked' });
    }
  }
  const flaw = flawOf(places);
  if (flaw === undefined) return { kind: 'locked', targets };
  if (typeof flaw === 'object') return give({ kind: 'failed', reason: flaw.failed });
  warnOfMissingLocks(places, flaw);
  return give({ kind: 'unlocked' });
}

/** Whether a lock on a directory, beside our file, is that of somebody who is no supervisor. */
export function isHarmless(target: LockTarget, targets: readonly LockTarget[]): boolean {
  if (target === targets[0]) return false;
  const holders = holdersOf(new Set([target.id]));
  return holders.length > 0 && !holders.some(({ isOurs }) => isOurs);
}

/** Some network file systems grant every lock: only one that is refused to a second taker is worth anything. */
function flawOf(places: LockPlaces): string | { readonly failed: string } | undefined {
  const again = openTargets(places);
  try {
    const result = takeFlock(again[0].descriptor, places.env);
    if (result === 'held') return undefined;
    if (result === 'taken') return 'a second lock on the same file was granted';
    return 'failed' in result ? result : result.unsupported;
  } finally {
    closeTargets(again);
  }
}

export function warnOfMissingLocks({ file, warn }: Pick<LockPlaces, 'file' | 'warn'>, reason: string): void {
  warn(
    `no working locks for ${file} (${reason}): another supervisor of this home is only known by its record, which does not reach other machines or containers; use a local file system, and have the program flock in PATH`,
  );
}
