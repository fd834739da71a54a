import { printable, writeTo } from '@chainvisor/report';
import { filesText, installData, installText, installUnits, requireRoot } from '@chainvisor/systemd-host';
import type { CommonFlags } from '../context.js';
import { print, printJson, printWhole } from '../output.js';
import { isOurVariable, planUnits, type UnitFlags } from '../systemd/plan.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `systemd install`. */
export interface InstallFlags extends UnitFlags, Pick<CommonFlags, 'output' | 'quiet'> {
  readonly dryRun: boolean;
}

/**
 * `systemd render`: the files that `systemd install` would write, each below a comment with its path, on stdout. Changes
 * nothing. Throws StagerError, ConfigError, HostError, SystemdError.
 */
export async function renderUnits(flags: UnitFlags, env: Env): Promise<void> {
  const { files, warnings } = await planUnits(env, flags, { strict: false });
  warn(warnings);
  printWhole(filesText(files).trimEnd());
}

/**
 * `systemd install`: writes the service, its timer and the environment file that it shares with the supervisor's, and has
 * systemd start the timer at boot. Starts nothing now. Throws StagerError, ConfigError, HostError, SystemdError.
 */
export async function installUnitsCommand(flags: InstallFlags, env: Env): Promise<void> {
  const { force, dryRun, output, quiet } = flags;
  if (flags.root === undefined && !dryRun) requireRoot(Object.keys(env).filter(isNamed));
  const { files, service, timer, warnings, root } = await planUnits(env, flags, { strict: true });
  const installed = await installUnits({ files, enable: [timer], root, force, dryRun, path: env['PATH'] });
  const now = root === undefined && !dryRun;
  const next = now ? [`systemctl start ${timer} (or, once and now: systemctl start ${service})`] : [];
  if (output === 'json') {
    printJson({ service, timer, ...installData(installed), dryRun, warnings, next });
    return;
  }
  warn(warnings);
  if (!quiet) print([installText(installed, dryRun), ...next.map((line) => `next: ${line}`)].join('\n'));
}

/** Variables that name the node or are settings of ours. */
function isNamed(name: string): boolean {
  return isOurVariable(name) || name.startsWith('DAEMON_') || name.startsWith('COSMOVISOR_');
}

function warn(warnings: readonly string[]): void {
  for (const warning of warnings) writeTo(2, `warning: ${printable(warning)}\n`);
}
