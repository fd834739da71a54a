import { type Backup, BackupError, backupName, createBackup, listBackups, pruneBackups } from '@chainvisor/backup';
import { formatDuration } from '@chainvisor/config';
import type { Plan } from '@chainvisor/plan';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isDirectory } from '../is-directory.js';
import { reasonOf } from '@chainvisor/report';
import { StoppedByOperator } from '../supervise/operator.js';
import { type StepContext, stepError } from './step.js';

/** How often is told how far a backup is. */
const TELL_MS = 10_000;

/** What a backup was made for; lies in its manifest. */
export interface MadeFor {
  readonly plan: { readonly name: string; readonly height: number };
  /** Where `current` pointed: the binary that belongs to the data. */
  readonly target: string;
}

/**
 * Step 5: a backup of the data directory, unless UNSAFE_SKIP_BACKUP. One that was cut off is made anew; one that is whole
 * is not made twice for the same plan. Throws CliError `backup` with the operator's choices; StoppedByOperator.
 */
export async function backUp(step: StepContext, from: string): Promise<void> {
  const { settings, layout, plan, log, operator } = step;
  if (settings.skipBackup) return;
  const parent = settings.dataBackupDir ?? layout.home;
  const data = join(layout.home, 'data');
  const names = settings.backupOutside.filter((name) => isDirectory(join(layout.home, name)));
  const about: MadeFor = { plan: { name: plan.name, height: plan.height }, target: from };
  try {
    const there = await findBackup(parent, data, plan);
    if (there !== undefined) {
      log.info('a backup for this upgrade is there already', { path: there });
      return;
    }
    const begun = Date.now();
    let told = begun;
    log.info('backing up', { data, to: parent });
    const backup = await createBackup({
      data,
      parent,
      name: backupName(new Date()),
      strategy: settings.backupStrategy,
      stopped: true,
      outside: names.map((name) => ({ name, path: join(layout.home, name) })),
      about,
      signal: operator.stop,
      onProgress: ({ phase, bytes, totalBytes, rate, remaining }) => {
        if (Date.now() - told < TELL_MS) return;
        told = Date.now();
        const left = remaining === undefined ? undefined : formatDuration(Math.round(remaining / 1000) * 1000);
        log.info('backing up', { phase, bytes, of: totalBytes, perSecond: Math.round(rate), left });
      },
    });
    tell(step, backup, Date.now() - begun);
  } catch (error) {
    if (operator.stop.aborted) throw new StoppedByOperator();
    throw refusal(step, parent, error);
  }
  await prune(step, parent, data);
}

/** The backup that was made of this data for this plan, whole. */
async function findBackup(parent: string, data: string, plan: Plan): Promise<string | undefined> {
  const real = await realpath(data);
  const found = (await listBackups(parent)).findLast(
    ({ kind, header }) => kind === 'ours' && header?.data === real && isFor(header.about, plan),
  );
  return found?.path;
}

function isFor(about: unknown, { name, height }: Plan): boolean {
  const made = (about as Partial<MadeFor> | null | undefined)?.plan;
  return made?.name === name && made.height === height;
}

function tell({ log }: StepContext, backup: Backup, took: number): void {
  const { path, strategy, reason, linked, cloned, copied, skipped, leadOut } = backup;
  log.info('backed up', {
    path,
    strategy,
    reason,
    linked: linked.files,
    cloned: cloned.files,
    copied: copied.files,
    took: `${took}ms`,
  });
  if (skipped.length > 0)
    log.info('not in the backup: what is no file, directory or link', { entries: skipped.length });
  for (const link of leadOut)
    log.warn('a link leads out of the data directory: what it leads to is not backed up', { link });
}

async function prune({ settings, log }: StepContext, parent: string, data: string): Promise<void> {
  if (settings.backupKeep === 0) return;
  try {
    const { removed } = await pruneBackups(parent, { keep: settings.backupKeep, data });
    for (const { path } of removed) log.info('removed an old backup', { path, keep: settings.backupKeep });
  } catch (error) {
    // The new one is there: what cannot be removed is no reason to miss an upgrade.
    log.warn('old backups cannot be removed', { reason: reasonOf(error) });
  }
}

function refusal(step: StepContext, parent: string, error: unknown): Error {
  const own = error instanceof BackupError ? error.hint : undefined;
  const choices = [
    ...(own === undefined ? [] : [own]),
    'or name another place, with room, in DAEMON_DATA_BACKUP_DIR',
    'or go on without a backup: UNSAFE_SKIP_BACKUP=true; then start again: the upgrade goes on by itself',
  ];
  return stepError('backup', step, `no backup could be made in ${parent}`, {
    reason: reasonOf(error),
    hint: choices.join('\n'),
  });
}
