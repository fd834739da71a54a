import type { Listed } from '@chainvisor/backup';
import { hintOf, reasonOf } from '@chainvisor/report';
import { join } from 'node:path';
import { backupFor, backupsDir, ownBackups } from '../backup/made-for.js';
import { makeBackup } from '../backup/make.js';
import { faultPoint } from '../fault-point.js';
import { isDirectory } from '../is-directory.js';
import { refuseStrangers } from '../supervise/home-lock.js';
import { StoppedByOperator } from '../supervise/operator.js';
import { sayBackedUp, sayProgress } from './back-up-lines.js';
import { type StepContext, stepError } from './step.js';

/**
 * Step 5: a backup of the data directory, unless UNSAFE_SKIP_BACKUP. One that was cut off is made anew; one that is whole
 * is not made twice for the same plan. Throws CliError `backup` with the operator's choices, `locked` where a stranger has
 * the databases open; StoppedByOperator.
 */
export async function backUp(step: StepContext, from: string): Promise<void> {
  const { settings, layout, log, operator } = step;
  const parent = backupsDir(settings, layout);
  await clearCutOff(step, parent);
  if (settings.skipBackup) {
    log.info('no backup is made: UNSAFE_SKIP_BACKUP=true');
    return;
  }
  await refuseStrangers(step);
  let name: string;
  try {
    const there = await wholeBackup(step);
    if (there !== undefined) log.info('a backup for this upgrade is there already', { path: there.path });
    name = there?.name ?? (await make(step, from, parent));
  } catch (error) {
    if (operator.stop.aborted) throw new StoppedByOperator();
    throw refusal(step, parent, error);
  }
  faultPoint('backup-made');
  await prune(step, parent, name);
}

/** That of an earlier try. One that is damaged or cannot be read is no way back: another one is made. */
async function wholeBackup({ layout, settings, plan, log, operator }: StepContext): Promise<Listed | undefined> {
  const there = await backupFor(layout, settings, plan);
  if (there === undefined) return undefined;
  const { BackupError, checkBackup } = await import('@chainvisor/backup');
  try {
    await checkBackup(there.path, { signal: operator.stop });
    return there;
  } catch (error) {
    if (!(error instanceof BackupError) || error.code === 'BACKUP_ABORTED') throw error;
    log.warn('the backup for this upgrade cannot be used, another one is made', {
      path: there.path,
      reason: reasonOf(error),
    });
    return undefined;
  }
}

/**
 * What a supervisor that was killed has left of a backup takes room, also where none is made now, or elsewhere. That of the
 * home is nobody else's: its lock is ours.
 */
async function clearCutOff({ layout, log }: StepContext, parent: string): Promise<void> {
  const { clearUnfinished } = await import('@chainvisor/backup');
  for (const place of new Set([layout.home, parent])) {
    if (!isDirectory(place)) continue;
    try {
      const removed = await clearUnfinished(place, { unseen: place === layout.home });
      for (const name of removed) log.info('removed a backup that was cut off', { path: join(place, name) });
    } catch (error) {
      log.warn('what is left of a backup that was cut off cannot be removed', { reason: reasonOf(error) });
    }
  }
}

/** Resolves to the backup's name. */
async function make(step: StepContext, from: string, to: string): Promise<string> {
  const { settings, layout, plan, log, operator } = step;
  const begun = Date.now();
  log.info('backing up', { data: layout.data, to });
  const progress = sayProgress(step);
  try {
    const backup = await makeBackup(layout, settings, {
      about: { plan: { name: plan.name, height: plan.height }, target: from },
      signal: operator.stop,
      onProgress: (now) => {
        if (now.phase === 'copying') faultPoint('backup-copying');
        if (now.phase === 'syncing') faultPoint('backup-syncing');
        progress.onProgress(now);
      },
    });
    sayBackedUp(log, backup, Date.now() - begun);
    return backup.name;
  } finally {
    progress.end();
  }
}

async function prune({ settings, layout, log }: StepContext, parent: string, newest: string): Promise<void> {
  const { backupKeep: keep } = settings;
  if (keep === 0) return;
  try {
    const { pruneBackups } = await import('@chainvisor/backup');
    const { removed } = await pruneBackups(parent, {
      keep,
      data: layout.data,
      isOwn: await ownBackups(layout),
      newest,
    });
    for (const { path } of removed) log.info('removed an old backup', { path, keep });
  } catch (error) {
    // The new one is there: what cannot be removed is no reason to miss an upgrade.
    log.warn('old backups cannot be removed', { reason: reasonOf(error) });
  }
}

function refusal(step: StepContext, parent: string, error: unknown): Error {
  const own = hintOf(error);
  const choices = [
    ...(own === undefined ? [] : [own]),
    'name another place, with room, in DAEMON_DATA_BACKUP_DIR',
    'go on without a backup: UNSAFE_SKIP_BACKUP=true',
  ];
  return stepError('backup', step, `no backup could be made in ${parent}`, {
    reason: reasonOf(error),
    hint: `${choices.join('\nor ')}\nthen start again: the upgrade goes on by itself`,
  });
}
