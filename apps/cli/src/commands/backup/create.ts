import type { Backup } from '@chainvisor/backup';
import { type Current, readCurrent } from '@chainvisor/layout';
import { printable, progressBar } from '@chainvisor/report';
import { makeBackup } from '../../backup/make.js';
import { showProgress } from '../../backup/show-progress.js';
import { stoppable } from '../../backup/stoppable.js';
import { sizeText } from '../../backup/texts.js';
import { CliError } from '../../errors.js';
import { layoutOf } from '../../layout-of.js';
import { print } from '../../output.js';
import { loadSettings, settingsTable, type RunSettings } from '../../settings.js';
import { alone } from '../../use/alone.js';
import { checkOutput } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;
type Strategy = RunSettings['backupStrategy'];

/** What may stand behind `backup create`. */
export interface CreateFlags {
  readonly output: string;
  readonly strategy: string | undefined;
}

/**
 * `backup create`: backs up the data of a stopped node, whatever UNSAFE_SKIP_BACKUP says, and removes none of the older ones.
 * Resolves with the exit code: 128 + n where signal n has ended it, with nothing left then. Throws CliError, BackupError.
 */
export function createBackupCommand(env: Env, configPath: string | undefined, flags: CreateFlags): Promise<number> {
  return stoppable('no backup is made, and nothing of it is left', async (signal) => {
    const output = checkOutput(flags.output);
    const strategy = strategyOf(flags.strategy);
    const { values, warnings } = await loadSettings(env, configPath);
    const layout = layoutOf(values);
    const bar = progressBar();
    const begun = performance.now();
    const made = await alone(layout, env, 'backup create', async () => {
      const current = await readCurrent(layout);
      const target = nameIn(current);
      const about = target === undefined ? {} : { target };
      const backup = await makeBackup(layout, values, {
        about,
        strategy,
        signal,
        onProgress: showProgress(bar),
      }).finally(() => bar.clear());
      return { backup, target };
    });
    const took = Math.round(performance.now() - begun);
    const told = { ...made, took, warnings: [...warnings, ...warningsOf(made)] };
    print(output === 'json' ? printable(JSON.stringify(asData(told))) : asLines(told));
    return 0;
  });
}

/** What `current` names. Where that is gone, the name still says which binary belongs to the data. */
function nameIn(current: Current): string | undefined {
  if (current.state === 'linked') return current.target;
  const isPlain = current.state === 'dangling' && /^(?:genesis|upgrades\/[^/]+)$/.test(current.target);
  return isPlain ? current.target : undefined;
}

const strategies: readonly Strategy[] = ['auto', 'reflink', 'link', 'copy'];

/** The strategy that the command line asks for. Throws CliError `usage`. */
function strategyOf(text: string | undefined): Strategy | undefined {
  if (text === undefined) return undefined;
  const found = strategies.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new CliError('usage', `--strategy ${JSON.stringify(text)} is none of ${strategies.join(', ')}`, {
    hint: `leave it out for ${settingsTable.backupStrategy.env}`,
  });
}

interface Told {
  readonly backup: Backup;
  /** What `current` names. */
  readonly target: string | undefined;
  /** Milliseconds. */
  readonly took: number;
  readonly warnings: readonly string[];
}

function warningsOf({ backup, target }: Pick<Told, 'backup' | 'target'>): string[] {
  const { skipped, leadOut } = backup;
  return [
    ...(target === undefined
      ? [
          'no current link says which binary belongs to this data, so the backup does not either: a restore is told by --use',
        ]
      : []),
    ...(skipped.length === 0
      ? []
      : [`not in the backup, as it is no file, directory or link: ${skipped.map(({ path }) => path).join(', ')}`]),
    ...leadOut.map((link) => `a link leads out of the data directory, what it leads to is not backed up: ${link}`),
  ];
}

function asData({ backup, target, took, warnings }: Told) {
  const { name, path, strategy, reason, linked, cloned, copied } = backup;
  return { name, path, target: target ?? null, strategy, reason, linked, cloned, copied, took, warnings };
}

function asLines({ backup, target, took, warnings }: Told): string {
  const { path, strategy, reason, linked, cloned, copied } = backup;
  const lines = [
    ...warnings.map((warning) => `warning: ${warning}`),
    `backed up to ${path}`,
    ...(target === undefined ? [] : [`  the data of ${target}`]),
    `  by ${strategy}: ${reason}`,
    `  files: ${linked.files} linked, ${cloned.files} cloned, ${copied.files} copied`,
    `  takes ${sizeText(copied.bytes)} now, of ${sizeText(linked.bytes + cloned.bytes + copied.bytes)} of data; made in ${(took / 1000).toFixed(1)} s`,
  ];
  return lines.map(printable).join('\n');
}
