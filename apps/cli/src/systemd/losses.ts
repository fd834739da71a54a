import { lastEntry, parseEnvironmentFile, type Unit } from '@chainvisor/systemd';
import { HostError, type InstallFile, isOurs, readService, type Service, serviceOf } from '@chainvisor/systemd-host';
import { basename } from 'node:path';
import { supervisorLine } from '../doctor/arguments.js';
import { argvsOf } from './rivals.js';

/** What is installed, and where. */
export interface LossOptions {
  /** The unit that is started. */
  readonly unit: string;
  /** The file name of the binary. */
  readonly daemon: string;
  readonly files: readonly InstallFile[];
  readonly root: string | undefined;
}

/**
 * What the unit that is there says of the node and the new one does not: the flags of its command line and its variables, by
 * their names alone as their values may be secret, and its user; and drop-ins of a unit that was not ours, which change the
 * new one too. One line each; none where there is no such unit, or it cannot be read.
 */
export function lossesOf({ unit, daemon, files, root }: LossOptions): readonly string[] {
  const before = readBefore(unit, root);
  if (before === undefined) return [];
  const [main, ...dropIns] = before.files;
  const planned = files.find(({ path }) => path.endsWith('.service'));
  const own = files.find(({ path }) => path.endsWith('.conf'));
  // A template alone is of other nodes.
  const isNew = own !== undefined && !dropIns.some(({ path }) => path.endsWith(own.path));
  if (planned === undefined || isNew) return [];
  const kept = dropIns.map((file) => (own !== undefined && file.path.endsWith(own.path) ? { ...file, ...own } : file));
  const after = serviceOf(before.name, [{ path: main.path, text: planned.text }, ...kept], { root });
  return [
    ...flagsLost(before, after, daemon),
    ...variablesLost(before, after, files),
    ...userLost(before.unit, after.unit),
    ...(isOurs(main.text) || dropIns.length === 0
      ? []
      : [`${dropIns.map(({ path }) => path).join(' and ')} changes the new ${unit}, too: see whether that is meant`]),
  ];
}

function readBefore(unit: string, root: string | undefined): Service | undefined {
  try {
    return readService(unit, { root });
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

function flagsLost(before: Service, after: Service, daemon: string): readonly string[] {
  const now = new Set(flagsOf(after.unit, daemon));
  // The home is told by DAEMON_HOME.
  const lost = flagsOf(before.unit, daemon).filter((flag) => flag !== '--home' && !now.has(flag));
  if (lost.length === 0) return [];
  return [
    `the old ${before.name} gives the node ${[...new Set(lost)].join(', ')}, and the new one does not: give what is still needed behind --, as in: -- start --log_level info`,
  ];
}

function flagsOf(unit: Unit, daemon: string): readonly string[] {
  const [argv = []] = argvsOf(unit);
  const args = supervisorLine(argv)?.args ?? argv.slice(argv.findIndex((word) => basename(word) === daemon) + 1);
  return args.filter((word) => /^-./.test(word)).map((word) => word.split('=', 1)[0] ?? word);
}

function variablesLost(before: Service, after: Service, files: readonly InstallFile[]): readonly string[] {
  const file = files.find(({ path }) => path.endsWith('.env'));
  const now = new Set([
    ...after.environment.variables.keys(),
    ...parseEnvironmentFile(file?.text ?? '').assignments.map(({ key }) => key),
  ]);
  const lost = [...before.environment.variables.keys()].filter((name) => !now.has(name));
  if (lost.length === 0) return [];
  return [
    `the old ${before.name} sets ${lost.join(', ')}, and the new one does not: give what is still needed by --env NAME=value`,
  ];
}

function userLost(before: Unit, after: Unit): readonly string[] {
  const [old = '', now = ''] = [before, after].map((unit) => lastEntry(unit, 'Service', 'User')?.value);
  if (old === now) return [];
  return [
    `the node ran as ${old || 'root'}, and will run as ${now || 'root'}: give the home to that user, or say --user`,
  ];
}
