import { printable } from '@chainvisor/report';
import { installData, installText, installUnits, isActive, requireRoot, type Service } from '@chainvisor/systemd-host';
import { join } from 'node:path';
import { CliError } from '../../errors.js';
import { print, warn } from '../../output.js';
import { planUnits, type UnitFlags, type UnitPlan } from '../../systemd/plan.js';
import { lossesOf } from '../../systemd/losses.js';
import { findRivals } from '../../systemd/rivals.js';
import { isOurVariable } from '../../systemd/variables.js';
import { checkOutput } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `systemd install`. */
export interface InstallFlags extends UnitFlags {
  readonly dryRun: boolean;
  readonly output: string;
}

/**
 * `systemd install`: writes the unit and the environment file of a node and has systemd start it at boot. Starts and restarts
 * nothing. Throws CliError, ConfigError, HostError, SystemdError.
 */
export async function installUnitsCommand(
  env: Env,
  configPath: string | undefined,
  flags: InstallFlags,
): Promise<void> {
  const output = checkOutput(flags.output);
  const { root, dryRun, force } = flags;
  if (root === undefined && !dryRun) requireRoot(Object.keys(env).filter(isOurVariable));
  const plan = await planUnits(env, configPath, flags, { strict: true });
  const rivalWarnings = await checkRivals(plan, flags);
  const losses = lossesOf({ ...plan, root });
  const path = env['PATH'];
  const installed = await installUnits({ files: plan.files, enable: [plan.unit], root, force, dryRun, path });
  const warnings = [...plan.warnings, ...rivalWarnings, ...losses];
  const next = await nextOf(plan, flags, path);
  if (output === 'json') {
    print(printable(JSON.stringify({ unit: plan.unit, ...installData(installed), dryRun, warnings, next })));
    return;
  }
  warn(warnings);
  print([installText(installed, dryRun), ...next.map((line) => `next: ${line}`)].join('\n'));
}

/** Two units on one home would start each other's node in turns: the second ends with 69, again and again. */
async function checkRivals(
  { home, daemon, unit }: UnitPlan,
  { root, force }: InstallFlags,
): Promise<readonly string[]> {
  const { services, unreadable } = await findRivals({ home, daemon, unit, root });
  const named = services.map(({ name, files: [{ path }] }) => `${name} (${path})`).join(' and ');
  if (services.length > 0 && !force) {
    throw new CliError('config', `${named} runs a node on ${home}, too`, {
      reason: 'two units on one home cannot both run',
      hint: `take the other one out (${services.map((service) => outOf(service, root)).join(', ')}), install over it by --name, or have both by --force`,
    });
  }
  return [
    ...(services.length > 0 ? [`${named} runs a node on ${home}, too: only one of them can be started`] : []),
    ...unreadable.map((what) => `a unit cannot be read, and may run a node on ${home}: ${what}`),
  ];
}

/** What takes a unit out. The file of an instance is that of other nodes, too. */
function outOf({ name, files: [{ path }] }: Service, root: string | undefined): string {
  const disable = ['systemctl', ...(root === undefined ? [] : [`--root=${root}`]), 'disable', name].join(' ');
  if (!name.includes('@')) return `${disable}, and remove its file`;
  return `${disable}, and remove ${join(root ?? '/', '/etc/systemd/system', `${name}.d`)}, but not ${path}, which other nodes may need`;
}

async function nextOf(
  { unit }: UnitPlan,
  { root, dryRun }: InstallFlags,
  path: string | undefined,
): Promise<readonly string[]> {
  if (dryRun) return [];
  if (root !== undefined) return [`it starts when ${root} boots`];
  if (!(await isActive(unit, path))) return [`systemctl start ${unit}`];
  return [
    `${unit} runs as it was started; systemctl restart ${unit} makes it as it is now, and costs a few blocks: not near an upgrade`,
  ];
}
