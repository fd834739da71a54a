import type { Verified } from '@chainvisor/backup';
import { printable, progressBar } from '@chainvisor/report';
import { findBackup } from '../../backup/find.js';
import { showProgress } from '../../backup/show-progress.js';
import { stoppable } from '../../backup/stoppable.js';
import { CliError } from '../../errors.js';
import { layoutOf } from '../../layout-of.js';
import { print, warn } from '../../output.js';
import { loadSettings } from '../../settings.js';
import { checkOutput } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** So many lines of each kind are shown as text; all are in the JSON. */
const SHOWN = 20;

/**
 * `backup verify NAME`: whether a backup is as it was made. Takes no lock. Resolves with the exit code. Throws CliError `backup`
 * for one that is damaged, after what is wrong with it was printed, and for one that says nothing about itself.
 */
export function verifyBackupCommand(
  env: Env,
  configPath: string | undefined,
  word: string,
  format: string,
): Promise<number> {
  return stoppable('the backup was not checked to its end', async (signal) => {
    const output = checkOutput(format);
    const { values, warnings } = await loadSettings(env, configPath);
    warn(warnings);
    const backup = await findBackup(layoutOf(values), values, word);
    const { verifyBackup } = await import('@chainvisor/backup');
    const bar = progressBar();
    const verified = await verifyBackup(backup, {
      signal,
      onProgress: showProgress(bar),
    }).finally(() => bar.clear());
    print(output === 'json' ? printable(JSON.stringify(asData(backup, verified))) : asLines(backup, verified));
    if (verified.ok) return 0;
    const { missing, changed } = verified;
    throw new CliError('backup', `the backup ${backup} is damaged`, {
      reason: `${missing.length} missing, ${changed.length} changed`,
      hint: 'take another one, and look after the disk that this one is on',
    });
  });
}

function asData(path: string, { ok, header, missing, extra, changed, compared, recorded }: Verified) {
  return { path, ok, madeAt: header.madeAt, missing, changed, extra, compared, recorded };
}

function asLines(path: string, { ok, missing, extra, changed, compared, recorded }: Verified): string {
  const hashed = [
    ...(compared > 0 ? [`${compared} files have the content that was hashed before`] : []),
    ...(recorded > 0
      ? [`${recorded} files are hashed for the first time: their content can be compared from now on`]
      : []),
  ];
  const lines = [
    `${path} is ${ok ? 'whole' : 'damaged'}`,
    ...some(missing.map((entry) => `  missing: ${entry}`)),
    ...some(changed.map((change) => `  changed, its ${change.what}: ${change.path}`)),
    ...some(extra.map((entry) => `  not of the backup: ${entry}`)),
    ...hashed.map((text) => `  ${text}`),
  ];
  return lines.map(printable).join('\n');
}

function some(lines: readonly string[]): string[] {
  return lines.length <= SHOWN ? [...lines] : [...lines.slice(0, SHOWN), `  and ${lines.length - SHOWN} more`];
}
