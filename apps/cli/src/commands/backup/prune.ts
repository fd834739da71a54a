import type { Layout } from '@chainvisor/layout';
import { printable } from '@chainvisor/report';
import { dirname, join } from 'node:path';
import { backupsDir, ownBackups } from '../../backup/made-for.js';
import { oldDataOf } from '../../backup/old-data.js';
import { roomOf } from '../../backup/room.js';
import { stoppable } from '../../backup/stoppable.js';
import { sizeText } from '../../backup/texts.js';
import { CliError } from '../../errors.js';
import { layoutOf } from '../../layout-of.js';
import { print, warn } from '../../output.js';
import { loadSettings, type RunSettings, settingsTable } from '../../settings.js';
import { alone } from '../../use/alone.js';
import { checkOutput } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `backup prune`. */
export interface PruneFlags {
  readonly output: string;
  readonly keep: string | undefined;
  readonly oldData: boolean;
  readonly dryRun: boolean;
}

/** What is removed, or would be; as `--output json` shows it. */
interface Outcome {
  readonly removed: readonly string[];
  /** The newest backups of ours, which stay. */
  readonly kept: readonly string[];
  /** Bytes that the file system gets back, as far as that is known. */
  readonly freed: number;
  readonly dryRun: boolean;
}

/**
 * `backup prune`: removes the oldest backups of ours of this data, and what was not finished; with `--old-data`, what restores
 * have put aside instead. Resolves with the exit code. Throws CliError, BackupError.
 */
export function pruneBackupsCommand(env: Env, configPath: string | undefined, flags: PruneFlags): Promise<number> {
  return stoppable('what was not removed yet is there still', async (signal) => {
    const output = checkOutput(flags.output);
    const { values, warnings } = await loadSettings(env, configPath);
    warn(warnings);
    const keep = keepOf(flags, values);
    const layout = layoutOf(values);
    const { dryRun, oldData } = flags;
    const work = () =>
      oldData ? pruneOldData(layout, values, dryRun) : pruneOwn(layout, values, { keep, dryRun, signal });
    const outcome = dryRun ? await work() : await alone(layout, env, 'backup prune', work);
    print(output === 'json' ? printable(JSON.stringify(outcome)) : asLines(outcome));
    return 0;
  });
}

/** How many stay. Throws CliError `usage`. */
function keepOf({ keep, oldData }: PruneFlags, { backupKeep }: RunSettings): number {
  const { env } = settingsTable.backupKeep;
  if (keep === undefined) {
    if (backupKeep > 0 || oldData) return backupKeep;
    throw new CliError('usage', `${env}=0 keeps all backups`, { hint: 'say how many of the newest stay: --keep N' });
  }
  if (oldData) {
    throw new CliError('usage', '--keep is of backups, and --old-data of what restores have put aside', {
      hint: 'give one of them',
    });
  }
  const number = Number(keep);
  if (/^\d+$/.test(keep) && Number.isSafeInteger(number)) return number;
  throw new CliError('usage', `--keep ${JSON.stringify(keep)} is no number of backups`, {
    hint: 'give a whole number, 0 to remove all',
  });
}

async function pruneOwn(
  layout: Layout,
  settings: RunSettings,
  { keep, dryRun, signal }: { readonly keep: number; readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { clearUnfinished, pruneBackups } = await import('@chainvisor/backup');
  const parent = backupsDir(settings, layout);
  const of = { keep, data: layout.data, isOwn: await ownBackups(layout) };
  // With the home's lock nobody else makes one there, but where several homes have theirs in one place.
  const all = parent === layout.home;
  const { removed: old, kept } = await pruneBackups(parent, { ...of, dryRun: true });
  const unfinished = await clearUnfinished(parent, { all, dryRun: true });
  const removed = [...old.map(({ path }) => path), ...unfinished.map((name) => join(parent, name))];
  const { freed } = await roomOf(removed);
  if (!dryRun) {
    await pruneBackups(parent, { ...of, signal });
    await clearUnfinished(parent, { all });
  }
  return { removed, kept: kept.map(({ path }) => path), freed, dryRun };
}

async function pruneOldData(layout: Layout, settings: RunSettings, dryRun: boolean): Promise<Outcome> {
  const { clearUnfinished, removeAside } = await import('@chainvisor/backup');
  const paths = (await oldDataOf(layout, settings)).map(({ path }) => path);
  const { freed } = await roomOf(paths);
  if (!dryRun) {
    for (const path of paths) await removeAside(path);
    for (const place of new Set(paths.map((path) => dirname(path)))) await clearUnfinished(place);
  }
  return { removed: paths, kept: [], freed, dryRun };
}

function asLines({ removed, kept, freed, dryRun }: Outcome): string {
  const room = dryRun ? `that would give back ${sizeText(freed)}` : `that gave back ${sizeText(freed)}`;
  const lines = [
    ...removed.map((path) => `${dryRun ? 'dry run: would remove' : 'removed'} ${path}`),
    ...(removed.length === 0 ? ['nothing to remove'] : [room]),
    ...kept.map((path) => `kept ${path}`),
  ];
  return lines.map(printable).join('\n');
}
