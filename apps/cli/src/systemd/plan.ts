import { homeOf } from '@chainvisor/chain';
import {
  type InstallFile,
  installedVariables,
  type NodeAccount,
  nodeService,
  notifyProgram,
  parseAssignments,
  serviceName,
  type ServiceFlags,
  systemdVersion,
  writablePaths,
} from '@chainvisor/systemd-host';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { backupsDir } from '../backup/made-for.js';
import { isNodeCommand } from '../command-line.js';
import { CliError } from '../errors.js';
import { layoutOf } from '../layout-of.js';
import { loadRunSettings, loadSettings, type RunSettings } from '../settings.js';
import { nodePaths } from './node-paths.js';
import { unitFiles, unitNameOf } from './units.js';
import { isOurVariable, variablesOf } from './variables.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `systemd render` and `systemd install`. */
export interface UnitFlags extends ServiceFlags {
  readonly home: string | undefined;
  readonly template: boolean;
  /** The arguments of the node; none is `start`. */
  readonly args: readonly string[];
}

/** The files of a node's service, and what is to be known of them. */
export interface UnitPlan {
  /** The unit that is started. */
  readonly unit: string;
  readonly home: string;
  readonly daemon: string;
  readonly files: readonly InstallFile[];
  readonly warnings: readonly string[];
}

/**
 * Makes the files of a node's service from the settings in effect. `strict`: what a supervised run would refuse is refused.
 *
 * Throws CliError, ConfigError, HostError, SystemdError, LayoutError.
 */
export async function planUnits(
  env: Env,
  configPath: string | undefined,
  flags: UnitFlags,
  { strict }: { readonly strict: boolean },
): Promise<UnitPlan> {
  const { root, template } = flags;
  const path = env['PATH'];
  const extra = parseAssignments(flags.env);
  if (flags.home !== undefined && !isAbsolute(flags.home)) {
    throw new CliError('usage', `--home ${JSON.stringify(flags.home)} is not an absolute path`, {
      hint: 'write the whole path from the root, such as /home/node/.chain',
    });
  }
  // The unit is made for what it will be run with.
  const now = { ...env, ...extra, ...(flags.home === undefined ? {} : { DAEMON_HOME: flags.home }) };
  const given = { ...(await installedBefore(now, configPath, flags)), ...now };
  checkNamed(given, configPath);
  // An image's home is not where it will be.
  const settings = await (strict && root === undefined ? loadRunSettings : loadSettings)(given, configPath);
  const { values } = settings;
  const layout = layoutOf(values);
  const args = argumentsOf(flags, values);
  const name = serviceName(flags.name ?? values.daemonName);
  const made = await nodeService(flags, {
    name,
    home: layout.home,
    owned: [layout.home, layout.root],
    variables: variablesOf(given, settings, extra),
    path,
  });
  const service = {
    name,
    template,
    account: made.account,
    settings: values,
    exec: made.exec,
    args,
    // What an image's links and disks will be, nobody knows here.
    writable: await (root === undefined
      ? nodePaths(layout, values)
      : writablePaths([layout.home, backupsDir(values, layout)])),
    notify: await canNotify(root, path),
  };
  return {
    unit: unitNameOf(service),
    home: layout.home,
    daemon: layout.daemon,
    files: [made.environment, ...unitFiles(service)],
    warnings: [...settings.warnings, ...made.warnings, ...rootWarnings(made.account)],
  };
}

/** What was set when it was installed before, and stays where nothing else is said now. */
async function installedBefore(
  env: Env,
  configPath: string | undefined,
  { name, root }: UnitFlags,
): Promise<Readonly<Record<string, string>>> {
  // What is installed under a name may say the rest.
  if (name === undefined && (env['DAEMON_NAME'] ?? '') === '') checkNamed(env, configPath);
  const called = name ?? (env['DAEMON_NAME'] || (await loadSettings(env, configPath)).values.daemonName);
  const variables = installedVariables(called, env['DAEMON_HOME'], root);
  return Object.fromEntries(Object.entries(variables).filter(([variable]) => isOurVariable(variable)));
}

/** sudo gives its command none of a shell's variables, which is what most often keeps the two away. */
function checkNamed(env: Env, configPath: string | undefined): void {
  const missing = ['DAEMON_HOME', 'DAEMON_NAME'].filter((name) => (env[name] ?? '') === '');
  if (configPath !== undefined || missing.length === 0) return;
  throw new CliError('config', `nothing tells which node the unit is for: ${missing.join(' and ')} not set`, {
    hint: 'export them, and keep them by sudo -E; or say --home <path> and --env DAEMON_NAME=<file name of the binary>',
  });
}

function argumentsOf({ args, template }: UnitFlags, values: RunSettings): readonly string[] {
  if (args.length === 0) return ['start'];
  if (template) {
    throw new CliError('usage', 'arguments of the node cannot stand in a template, which is of several nodes', {
      hint: "put them into the home's app.toml and config.toml, or leave --template away",
    });
  }
  if (!isNodeCommand(args, values.nodeCommands)) {
    throw new CliError('usage', `${JSON.stringify(args.join(' '))} is no node that would be supervised`, {
      hint: `begin with ${values.nodeCommands.join(' or ')}, as in: -- start --log_level info`,
    });
  }
  const home = homeOf(args, values.daemonHome);
  if (home === values.daemonHome) return args;
  throw new CliError('config', `--home ${home} of the node is not DAEMON_HOME, which is ${values.daemonHome}`, {
    reason: 'upgrades of the node would not be seen',
    hint: 'leave --home away behind --, and name the home by DAEMON_HOME or before --',
  });
}

function rootWarnings({ name, uid }: NodeAccount): readonly string[] {
  if (uid !== 0) return [];
  return [`the node will run as ${name}: give its home to a user of its own (chown -R), and name that by --user`];
}

/** Older ones do not wait until a message is read: without root it may be lost, and systemd would never see the node as started. */
const firstThatWaits = 246;

async function canNotify(root: string | undefined, path: string | undefined): Promise<boolean> {
  // Of an image the programs are not run.
  if (root !== undefined)
    return ['/usr/bin', '/bin'].some((directory) => existsSync(join(root, directory, 'systemd-notify')));
  return notifyProgram(path) !== undefined && ((await systemdVersion(path)) ?? 0) >= firstThatWaits;
}
