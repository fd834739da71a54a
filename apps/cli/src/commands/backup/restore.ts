import type { Restored } from '@chainvisor/backup';
import type { Layout } from '@chainvisor/layout';
import { progressBar, reasonOf, writeTo } from '@chainvisor/report';
import { join } from 'node:path';
import { ask, canAsk } from '../../backup/ask.js';
import { describeIntent, describeRestored } from '../../backup/describe-restore.js';
import { findBackup } from '../../backup/find.js';
import { finishRestore, type RestoreNote } from '../../backup/finish.js';
import { type PreparedRestore, prepareRestore } from '../../backup/prepare-restore.js';
import { showProgress } from '../../backup/show-progress.js';
import { stoppable } from '../../backup/stoppable.js';
import { CliError } from '../../errors.js';
import { layoutOf } from '../../layout-of.js';
import { print } from '../../output.js';
import { loadSettings, type RunSettings } from '../../settings.js';
import { alone, whoLives } from '../../use/alone.js';
import { checkOutput } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `backup restore NAME`. */
export interface RestoreFlags {
  readonly output: string;
  /** The binary, as a word of `use`, where the backup does not say it or another is meant. */
  readonly use: string | undefined;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/**
 * `backup restore NAME`: puts the data of a backup in the place of the data of now, which is kept, and points `current` to the
 * binary that belongs to it; both or neither, wherever it is cut off. Never makes the validator sign from an older state.
 * Resolves with the exit code. Throws CliError, LayoutError, BackupError.
 */
export function restoreBackupCommand(
  env: Env,
  configPath: string | undefined,
  word: string,
  flags: RestoreFlags,
): Promise<number> {
  return stoppable('nothing is restored, the data is what it was', async (signal) => {
    const output = checkOutput(flags.output);
    const { values, warnings } = await loadSettings(env, configPath);
    const layout = layoutOf(values);
    if (!flags.dryRun && !flags.yes && !canAsk()) throw cannotAsk(word);
    const backup = await findBackup(layout, values, word);
    const request = { backup, use: flags.use, signal };
    if (flags.dryRun) {
      const prepared = await prepareRestore(layout, values, request);
      const alive = await whoLives(layout);
      const refused = alive === undefined ? [] : [`without --dry-run this would be refused: ${alive}`];
      const told = [...warnings, ...refused, ...(output === 'json' ? prepared.warnings : [])];
      print(describeRestored(layout, { prepared, restored: undefined, warnings: told }, output));
      return 0;
    }
    const told: string[] = [...warnings];
    const done = await alone(layout, env, `backup restore ${word}`, async () => {
      const prepared = await prepareRestore(layout, values, request);
      if (!flags.yes) await confirm(layout, prepared, signal);
      const restored = await carryOut(layout, values, prepared, { signal, told: (line) => told.push(line) });
      return { prepared, restored };
    });
    print(describeRestored(layout, { ...done, warnings: [...told, ...done.prepared.warnings] }, output));
    return 0;
  });
}

function cannotAsk(word: string): CliError {
  return new CliError('usage', `nobody can be asked whether to restore ${JSON.stringify(word)}`, {
    reason: 'this is no terminal',
    hint: 'see what it would do with --dry-run, then say --yes',
  });
}

async function confirm(layout: Layout, prepared: PreparedRestore, signal: AbortSignal): Promise<void> {
  writeTo(2, `${describeIntent(layout, prepared)}\n`);
  if (await ask('Go on?', signal)) return;
  throw new CliError('usage', 'not restored: the answer was no', { hint: 'nothing was changed' });
}

async function carryOut(
  layout: Layout,
  settings: RunSettings,
  { backup, choice, keeping, outside, aside }: PreparedRestore,
  { signal, told }: { readonly signal: AbortSignal; readonly told: (warning: string) => void },
): Promise<Restored> {
  const { restoreBackup } = await import('@chainvisor/backup');
  const bar = progressBar();
  const note: RestoreNote = { target: choice.target };
  const point = finishRestore(layout, told);
  return restoreBackup({
    backup,
    data: layout.data,
    aside,
    strategy: settings.backupStrategy,
    outside: outside.map((one) => ({ ...one, path: join(layout.home, one.name) })),
    keepState: keeping.keep,
    note,
    finish: async (noted) => {
      bar.clear();
      try {
        await point(noted);
      } catch (error) {
        throw unfinished(layout, choice.target, error);
      }
    },
    signal,
    onProgress: showProgress(bar),
  }).finally(() => bar.clear());
}

function unfinished(layout: Layout, target: string, error: unknown): CliError {
  return new CliError('disk', `the data is restored, and ${layout.current} could not be pointed to ${target}`, {
    reason: reasonOf(error),
    hint: 'mend the cause and start chainvisor, or type this again: it is finished first, and no node is started before',
    cause: error,
  });
}
