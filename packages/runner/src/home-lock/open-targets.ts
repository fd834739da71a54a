import { RunnerError } from '../errors.js';
import { openLockDirectory, openLockFile, type LockTarget } from './lock-target.js';

export interface LockPlaces {
  readonly file: string;
  /** Locked as well, and alone where the file is missing and cannot be made. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (message: string) => void;
}

/** What there is to be locked; the first of them counts most: it excludes whoever takes it, not only supervisors. */
export function openTargets({ file, directory, warn }: LockPlaces): readonly [LockTarget, ...LockTarget[]] {
  const first = openLockFile(file);
  const second = openLockDirectory(directory);
  if (!('missing' in first)) return 'missing' in second ? [first] : [first, second];
  if ('missing' in second) {
    throw new RunnerError('RUNNER_LOCK_DENIED', `there is nothing to lock: ${first.missing}; ${second.missing}`, {
      hint: `create the directory ${directory}, or let ${file} be created`,
    });
  }
  warn(`cannot create the lock ${file} (${first.missing}): locking the directory ${directory} itself instead`);
  return [second];
}
