import { createLayout } from '@chainvisor/layout';
import { renderServiceUnit, renderTimerUnit } from '@chainvisor/systemd';
import {
  environmentFile,
  type InstallFile,
  markerOf,
  nodeAccount,
  ourselves,
  ownProgram,
  parseAssignments,
  serviceName,
  writablePaths,
} from '@chainvisor/systemd-host';
import { resolve } from 'node:path';
import { exitCodes } from '../exit-codes.js';
import { checkHome } from '../home.js';
import { loadSettings, type SettingFlags } from '../settings/load.js';
import { settingsTable } from '../settings/table.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `systemd render` and `systemd install`. */
export interface UnitFlags extends SettingFlags {
  /** What the node's own unit is called; ours is called after it. */
  readonly name: string | undefined;
  readonly user: string | undefined;
  /** A program to start instead of the node and the file that run now. */
  readonly exec: string | undefined;
  /** `NAME=value` each. */
  readonly env: readonly string[];
  /** An image that the units are for. */
  readonly root: string | undefined;
  /** Takes over what is of another node, or of somebody else. */
  readonly force: boolean;
}

/** The files of a node's stager, and what is to be known of them. */
export interface UnitPlan {
  readonly service: string;
  readonly timer: string;
  readonly files: readonly InstallFile[];
  readonly warnings: readonly string[];
}

const program = 'chainvisor-stager';

/** Those that are ours to write into the environment file of a node; the supervisor writes its own. */
export function isOurVariable(name: string): boolean {
  return name.startsWith('CHAINVISOR_STAGER_');
}

/**
 * Makes the files of a service that stages, and of its timer, from the settings in effect. `strict`: a home in which the
 * service could not start is refused.
 *
 * Throws StagerError, ConfigError, HostError, SystemdError, LayoutError.
 */
export async function planUnits(
  env: Env,
  flags: UnitFlags,
  { strict }: { readonly strict: boolean },
): Promise<UnitPlan> {
  const { root, force } = flags;
  const path = env['PATH'];
  const extra = parseAssignments(flags.env);
  // The unit is made for what it will be run with.
  const settings = await loadSettings(flags, { ...env, ...extra });
  const { values, warnings } = settings;
  // An image's home is not where it will be.
  const layout =
    strict && root === undefined
      ? checkHome(settings)
      : createLayout({ home: values.home, daemon: values.daemon, recase: !values.disableRecase });
  const name = serviceName(flags.name ?? values.daemon);
  const account = await nodeAccount({ user: flags.user, owned: [layout.home, layout.root], root, path });
  const known = account.uid === undefined ? undefined : account;
  const own = ownProgram({ ourselves: ourselves(), exec: flags.exec, account: known });
  const environment = environmentFile({
    path: `/etc/chainvisor/${name}.env`,
    root,
    group: process.getuid?.() === 0 ? account.gid : undefined,
    variables: { ...ownVariables(env), ...extra },
    defaults: nodeVariables(values),
    home: layout.home,
    force,
  });
  const about = `${values.daemon}: the binary of the next upgrade`;
  const [first = '', ...more] = own.exec;
  const service = renderServiceUnit({
    kind: 'oneshot',
    description: about,
    user: account.name,
    exec: [first, ...more, 'stage', ...(flags.config === undefined ? [] : ['--config', resolve(flags.config)])],
    environmentFiles: [environment.file.path],
    writable: writablePaths([layout.root, layout.upgrades, layout.own]),
    // Another run is at work, as when one is started by hand.
    success: [exitCodes.locked],
  });
  const timer = renderTimerUnit({ description: about, onCalendar: '*:0/30', randomizedDelaySec: 300 });
  return {
    service: `${name}-stager.service`,
    timer: `${name}-stager.timer`,
    files: [environment.file, file(`${name}-stager.service`, service), file(`${name}-stager.timer`, timer)],
    warnings: [...warnings, ...own.warnings, ...environment.warnings],
  };
}

function ownVariables(env: Env): Readonly<Record<string, string>> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return isOurVariable(name) && value !== undefined && value !== '';
  });
  return Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the supervisor's service needs as well, whichever of the two is installed first. */
function nodeVariables({
  home,
  daemon,
  disableRecase,
}: Pick<Awaited<ReturnType<typeof loadSettings>>['values'], 'home' | 'daemon' | 'disableRecase'>) {
  return {
    [settingsTable.home.env]: home,
    [settingsTable.daemon.env]: daemon,
    ...(disableRecase ? { [settingsTable.disableRecase.env]: 'true' } : {}),
  };
}

function file(name: string, text: string): InstallFile {
  return { path: `/etc/systemd/system/${name}`, text: `${markerOf(program)}\n${text}`, mode: 0o644 };
}
