import {
  BackupError,
  backupName,
  clearUnfinished,
  createBackup,
  type Listed,
  listBackups,
  pruneBackups,
} from '@chainvisor/backup';
import type { Plan } from '@chainvisor/plan';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { faultPoint } from '../fault-point.js';
import { isDirectory } from '../is-directory.js';
import { reasonOf } from '@chainvisor/report';
import { refuseStrangers } from '../supervise/home-lock.js';
import { StoppedByOperator } from '../supervise/operator.js';
import { sayBackedUp, sayProgress } from './back-up-lines.js';
import { type StepContext, stepError } from './step.js';

/** What a backup was made for; lies in its manifest. */
export interface MadeFor {
  readonly plan: { readonly name: string; readonly height: number };
  /** Where `current` pointed: the binary that belongs to the data. */
  readonly target: string;
}

/**
 * Step 5: a backup of the data directory, unless UNSAFE_SKIP_BACKUP. One that was cut off is made anew; one that is whole
 * is not made twice for the same plan. Throws CliError `backup` with the operator's choices, `locked` where a stranger has
 * the databases open; StoppedByOperator.
 */
export async function backUp(step: StepContext, from: string): Promise<void> {
  const { settings, layout, plan, log, operator } = step;
  const parent = settings.dataBackupDir ?? layout.home;
  await clearCutOff(step, parent);
  if (settings.skipBackup) return;
  await refuseStrangers(step);
  const data = join(layout.home, 'data');
  let name: string;
  try {
    const there = await findBackup(parent, data, plan);
    if (there !== undefined) log.info('a backup for this upgrade is there already', { path: there.path });
    name = there?.name ?? (await make(step, { parent, data, from }));
  } catch (error) {
    if (operator.stop.aborted) throw new StoppedByOperator();
    throw refusal(step, parent, error);
  }
  faultPoint('backup-made');
  await prune(step, parent, data, name);
}

/**
 * What a supervisor that was killed has left of a backup takes room, also where none is made now, or elsewhere. That of the
 * home is nobody else's: its lock is ours.
 */
async function clearCutOff({ layout, log }: StepContext, parent: string): Promise<void> {
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

interface Making {
  readonly parent: string;
  readonly data: string;
  readonly from: string;
}

/** Resolves to the backup's name. */
async function make(step: StepContext, { parent, data, from }: Making): Promise<string> {
  const { settings, layout, plan, log, operator } = step;
  const outside = settings.backupOutside.filter((name) => isDirectory(join(layout.home, name)));
  const about: MadeFor = { plan: { name: plan.name, height: plan.height }, target: from };
  const begun = Date.now();
  log.info('backing up', { data, to: parent });
  const progress = sayProgress(log);
  try {
    const backup = await createBackup({
      data,
      parent,
      name: backupName(new Date()),
      strategy: settings.backupStrategy,
      stopped: true,
      outside: outside.map((name) => ({ name, path: join(layout.home, name) })),
      about,
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

/** The backup that was made of this data for this plan, whole. */
async function findBackup(parent: string, data: string, plan: Plan): Promise<Listed | undefined> {
  const real = await realpath(data);
  return (await listBackups(parent)).findLast(
    ({ kind, header }) => kind === 'ours' && header?.data === real && isFor(header.about, plan),
  );
}

function isFor(about: unknown, { name, height }: Plan): boolean {
  const made = (about as Partial<MadeFor> | null | undefined)?.plan;
  return made?.name === name && made.height === height;
}

async function prune({ settings, log }: StepContext, parent: string, data: string, newest: string): Promise<void> {
  if (settings.backupKeep === 0) return;
  try {
    const { removed } = await pruneBackups(parent, { keep: settings.backupKeep, data, newest });
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
    'name another place, with room, in DAEMON_DATA_BACKUP_DIR',
    'go on without a backup: UNSAFE_SKIP_BACKUP=true',
  ];
  return stepError('backup', step, `no backup could be made in ${parent}`, {
    reason: reasonOf(error),
    hint: `${choices.join('\nor ')}\nthen start again: the upgrade goes on by itself`,
  });
}
