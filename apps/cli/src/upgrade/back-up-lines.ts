import type { Backup, Progress } from '@chainvisor/backup';
import { formatDuration } from '@chainvisor/config';
import { sizeText } from '../backup/texts.js';
import type { Fields, Log } from '../log/log.js';
import type { Context } from '../supervise/context.js';

/** How often is said how far a backup is. */
const EVERY_MS = 10_000;

/** The phase, as systemd is told. */
export const backingUp = 'step 5 of 10, backing up';

/** Says how far a backup is, also while the disk keeps it waiting; until its end. */
export function sayProgress({ log, notifier }: Pick<Context, 'log' | 'notifier'>): {
  readonly onProgress: (progress: Progress) => void;
  readonly end: () => void;
} {
  let latest: Progress | undefined;
  const timer = setInterval(() => {
    if (latest === undefined) return;
    log.info('backing up', fieldsOf(latest));
    notifier.status(backingUp, `${latest.phase} ${partOf(latest)}`);
  }, EVERY_MS);
  return { onProgress: (progress) => (latest = progress), end: () => clearInterval(timer) };
}

/** How much of a phase of a backup is done. */
function partOf({ phase, files, bytes, totalBytes }: Progress): string {
  if (phase === 'scanning') return `${files} files`;
  return `${totalBytes === 0 ? 100 : Math.floor((bytes / totalBytes) * 100)}%`;
}

function fieldsOf(progress: Progress): Fields {
  const { phase, files, bytes, totalBytes, rate, remaining } = progress;
  if (phase === 'scanning') return { phase, files };
  return {
    phase,
    done: partOf(progress),
    bytes: sizeText(bytes),
    of: sizeText(totalBytes),
    rate: `${sizeText(rate)}/s`,
    left: remaining === undefined ? undefined : formatDuration(Math.round(remaining / 1000) * 1000),
  };
}

/** Says what a backup is, and what is not in it; `took` in milliseconds. */
export function sayBackedUp(log: Log, backup: Backup, took: number): void {
  const { path, strategy, reason, skipped, leadOut } = backup;
  const [linked, cloned, copied] = [backup.linked, backup.cloned, backup.copied].map(({ files, bytes }) =>
    files === 0 ? undefined : `${files} ${files === 1 ? 'file' : 'files'}, ${sizeText(bytes)}`,
  );
  log.info('backed up', { path, strategy, reason, linked, cloned, copied, took: formatDuration(took) });
  if (skipped.length > 0)
    log.info('not in the backup: what is no file, directory or link', { entries: skipped.length });
  for (const link of leadOut)
    log.warn('a link leads out of the data directory: what it leads to is not backed up', { link });
}
