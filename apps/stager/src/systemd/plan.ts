import { createLayout } from '@chainvisor/layout';
import { renderServiceUnit, renderTimerUnit } from '@chainvisor/systemd';
import {
  imageRoot,
  installedVariables,
  type InstallFile,
  nodeService,
  parseAssignments,
  serviceName,
  type ServiceFlags,
  unitFile,
  writablePaths,
} from '@chainvisor/systemd-host';
import { exitCodes } from '../exit-codes.js';
import { checkHome } from '../home.js';
import { loadSettings, type SettingFlags } from '../settings/load.js';
import { settingsTable } from '../settings/table.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `systemd render` and `systemd install`; our units are called after the node's own. */
export interface UnitFlags extends SettingFlags, ServiceFlags {}

/** The files of a node's stager, and what is to be known of them. */
export interface UnitPlan {
  readonly service: string;
  readonly timer: string;
  readonly files: readonly InstallFile[];
  readonly warnings: readonly string[];
  /** The image, by its whole path. */
  readonly root: string | undefined;
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
  const root = imageRoot(flags.root);
  const extra = parseAssignments(flags.env);
  const given = { ...env, ...extra };
  // The unit is made for what it will be run with.
  const settings = await loadSettings(flags, { ...installedBefore(flags, given, root), ...given });
  const { values, warnings } = settings;
  // An image's home is not where it will be.
  const layout =
    strict && root === undefined
      ? checkHome(settings)
      : createLayout({ home: values.home, daemon: values.daemon, recase: !values.disableRecase });
  const name = serviceName(flags.name ?? values.daemon);
  const made = await nodeService(
    { ...flags, root },
    {
      name,
      home: layout.home,
      owned: [layout.home, layout.root],
      variables: { ...ownVariables(env), ...extra },
      defaults: nodeVariables(values),
      path: env['PATH'],
    },
  );
  const about = `${values.daemon}: the binary of the next upgrade`;
  const [first = '', ...more] = made.exec;
  const service = renderServiceUnit({
    kind: 'oneshot',
    description: about,
    user: made.account.name,
    exec: [first, ...more, 'stage', ...(flags.config === undefined ? [] : ['--config', flags.config])],
    environmentFiles: [made.environment.path],
    writable: writablePaths([layout.root, layout.upgrades, layout.own]),
    // Another run is at work, as when one is started by hand.
    success: [exitCodes.locked],
  });
  const timer = renderTimerUnit({ description: about, onCalendar: '*:0/30', randomizedDelaySec: 300 });
  const called = { service: `${name}-stager.service`, timer: `${name}-stager.timer` };
  const files = [unitFile(program, called.service, service), unitFile(program, called.timer, timer)];
  return { ...called, files: [made.environment, ...files], warnings: [...warnings, ...made.warnings], root };
}

/** What was set when either of the two was installed before, and stays where nothing else is said now. */
function installedBefore({ name, daemon, home }: UnitFlags, env: Env, root: string | undefined): Env {
  const called = name ?? daemon ?? env[settingsTable.daemon.env];
  return called === undefined ? {} : installedVariables(called, home ?? env[settingsTable.home.env], root);
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
