import { filesText } from '@chainvisor/systemd-host';
import { printWhole, warn } from '../../output.js';
import { planUnits, type UnitFlags } from '../../systemd/plan.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `systemd render`: the files that `systemd install` would write, each below a comment with its path, on stdout; warnings on
 * stderr. Reads the home, changes nothing. Throws CliError, ConfigError, HostError, SystemdError.
 */
export async function renderUnits(env: Env, configPath: string | undefined, flags: UnitFlags): Promise<void> {
  const { files, warnings } = await planUnits(env, configPath, flags, { strict: false });
  warn(warnings);
  printWhole(filesText(files).trimEnd());
}
