import type { Backup, Progress } from '@chainvisor/backup';
import { formatDuration } from '@chainvisor/config';
import { sizeText } from '../backup/texts.js';
import type { Fields, Log } from '../log/log.js';

/** How often is said how far a backup is. */
const EVERY_MS = 10_000;

/** Says how far a backup is, also while the disk keeps it waiting; until its end. */
export function sayProgress(log: Log): { readonly onProgress: (progress: Progress) => void; readonly end: () => void } {
  let latest: Progress | undefined;
  const timer = setInterval(() => {
    if (latest !== undefined) log.info('backing up', fieldsOf(latest));
  }, EVERY_MS);
  return { onProgress: (progress) => (latest = progress), end: () => clearInterval(timer) };
}

function fieldsOf({ phase, files, bytes, totalBytes, rate, remaining }: Progress): Fields {
  if (phase === 'scanning') return { phase, files };
  return {
    phase,
    done: `${totalBytes === 0 ? 100 : Math.floor((bytes / totalBytes) * 100)}%`,
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
