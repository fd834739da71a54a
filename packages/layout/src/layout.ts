import { upgradeDirName } from '@chainvisor/plan';
import { isAbsolute, join, resolve } from 'node:path';
import { LayoutError } from './errors.js';

/** Where everything of one node lives. All paths are absolute. */
export interface Layout {
  readonly home: string;
  /** File name of the node's binary, the same in every upgrade. */
  readonly daemon: string;
  /** `<home>/cosmovisor` */
  readonly root: string;
  /** The link to the directory whose binary runs. */
  readonly current: string;
  readonly genesis: string;
  readonly upgrades: string;
  readonly configFile: string;
  /** `<root>/.chainvisor`: nobody else reads or writes there. */
  readonly own: string;
  readonly journal: string;
  /** Held by a live supervisor alone. */
  readonly supervisorLock: string;
  /** Held by whatever was started on this home, too. */
  readonly lock: string;
  readonly quarantine: string;
  readonly staging: string;
  /** `<home>/data`, which the Cosmos SDK does not let anybody move. */
  readonly data: string;
  readonly upgradeInfo: string;
  readonly batch: string;
  /** Whether names of plans are lower-cased for their directory; false with `COSMOVISOR_DISABLE_RECASE`. */
  readonly recase: boolean;
}

/**
 * Names every path of a home; touches nothing on disk.
 *
 * Throws LayoutError: `LAYOUT_HOME_INVALID` for a relative home, `LAYOUT_DAEMON_INVALID` for a daemon that is no single
 * file name.
 */
export function createLayout(options: { home: string; daemon: string; recase: boolean }): Layout {
  const { daemon, recase } = options;
  if (!isAbsolute(options.home) || options.home.includes('\0')) {
    throw new LayoutError('LAYOUT_HOME_INVALID', `home ${JSON.stringify(options.home)} is not an absolute path`, {
      hint: 'set DAEMON_HOME to an absolute path',
    });
  }
  if (['', '.', '..'].includes(daemon) || /[/\0]/.test(daemon)) {
    throw new LayoutError('LAYOUT_DAEMON_INVALID', `daemon ${JSON.stringify(daemon)} is not the name of a file`, {
      hint: "set DAEMON_NAME to the binary's file name, without a directory",
    });
  }
  const home = resolve(options.home);
  const root = join(home, 'cosmovisor');
  const own = join(root, '.chainvisor');
  const data = join(home, 'data');
  return {
    home,
    daemon,
    root,
    current: join(root, 'current'),
    genesis: join(root, 'genesis'),
    upgrades: join(root, 'upgrades'),
    configFile: join(root, 'config.toml'),
    own,
    journal: join(own, 'journal.jsonl'),
    supervisorLock: join(own, 'supervisor.lock'),
    lock: join(own, 'lock'),
    quarantine: join(own, 'quarantine'),
    staging: join(own, 'staging'),
    data,
    upgradeInfo: join(data, 'upgrade-info.json'),
    batch: join(data, 'upgrade-info.json.batch'),
    recase,
  };
}

/** The directory of a plan's binary. Throws PlanError for a name that no directory can have. */
export function upgradeDir(layout: Layout, name: string): string {
  return join(layout.upgrades, upgradeDirName(name, { recase: layout.recase }));
}

/** The binary in `genesis/` or in a directory of `upgrades/`. */
export function binaryIn(layout: Layout, dir: string): string {
  return join(dir, 'bin', layout.daemon);
}

/** Libraries that belong to the binary in `dir`; optional. */
export function libIn(dir: string): string {
  return join(dir, 'lib');
}

/** The plan that led to the binary in `dir`, as cosmovisor writes it too. */
export function recordIn(dir: string): string {
  return join(dir, 'upgrade-info.json');
}
