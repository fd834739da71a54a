import { parseEnvironmentFile, renderEnvironmentFile } from '@chainvisor/systemd';
import { resolve } from 'node:path';
import { errno, HostError, isAbsent } from './errors.js';
import type { InstallFile } from './install-files.js';
import { isOurs, markerOf } from './marker.js';
import { readText } from './read-text.js';
import { below } from './unit-paths.js';

/** What an app puts into the environment file that the services of a node share. */
export interface EnvironmentFileOptions {
  /** Where it is, on the machine that it is for. */
  readonly path: string;
  readonly root: string | undefined;
  readonly group: number | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** What is set only where the file does not set it: what another app sets as well. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** The node's home: a file for another one is not taken over, unless `force` says so. */
  readonly home: string;
  readonly force: boolean;
}

/** The file, and what is to be known of the one before. */
export interface PlannedEnvironmentFile {
  readonly file: InstallFile;
  readonly warnings: readonly string[];
}

/** Not for everybody: a node's settings may hold an address with a password in it. systemd itself reads it as root. */
const MODE = 0o640;

/**
 * The environment file of a node: our variables, and those of the file that is there which are not given now: one that is
 * installed anew, from a shell that has next to none of them, loses nothing. A file of somebody else's is not looked into,
 * and of one for another home nothing is kept.
 *
 * @throws SystemdError for a name or a value that no such file can carry; HostError `SYSTEMD_HOST_OTHER_HOME`,
 *   `SYSTEMD_HOST_READ_FAILED`
 */
export function environmentFile(options: EnvironmentFileOptions): PlannedEnvironmentFile {
  const { path, root, group, variables, defaults = {}, home, force } = options;
  const { variables: before, warnings } = installedEnvironment(path, root);
  const other = isFor(before, home) ? undefined : before['DAEMON_HOME'];
  if (other !== undefined && !force) throw otherHome(path, other);
  const all = { ...defaults, ...(other === undefined ? before : {}), ...variables };
  // The same whichever app writes it.
  const sorted = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = [
    markerOf('chainvisor'),
    '# and chainvisor-stager. What is here stays where either is installed anew, unless its environment says otherwise. No `export`, no `$HOME`.',
    renderEnvironmentFile(Object.fromEntries(sorted)),
  ].join('\n');
  return { file: { path, text, mode: MODE, group }, warnings };
}

/** Whether the variables of an environment file are those of a node in this home. */
export function isFor(variables: Readonly<Record<string, string>>, home: string): boolean {
  const { DAEMON_HOME: named } = variables;
  return named === undefined || resolve(named) === resolve(home);
}

function otherHome(path: string, home: string): HostError {
  return new HostError('SYSTEMD_HOST_OTHER_HOME', `${path} is of another node, whose home is ${home}`, {
    hint: 'name this one by --name, or, where the home has moved, say --force',
  });
}

/** What an environment file of ours sets; nothing where there is none, or one of somebody else's. */
export interface InstalledEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Reads what is installed at `path` of a machine or an image. Throws HostError `SYSTEMD_HOST_READ_FAILED`. */
export function installedEnvironment(path: string, root: string | undefined): InstalledEnvironment {
  let text: string;
  try {
    text = readText(below(root, path));
  } catch (error) {
    if (error instanceof HostError && isAbsent(error.cause)) return { variables: {}, warnings: [] };
    // Only a dry run gets past it: who may write there may read.
    if (error instanceof HostError && errno(error.cause) === 'EACCES') {
      return { variables: {}, warnings: [`${path} cannot be read by this user: what it has besides is not shown`] };
    }
    throw error;
  }
  if (!isOurs(text)) return { variables: {}, warnings: [] };
  const { assignments } = parseEnvironmentFile(text, path);
  return { variables: Object.fromEntries(assignments.map(({ key, value }) => [key, value])), warnings: [] };
}
