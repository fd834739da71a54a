import { errno, reasonOf } from '@chainvisor/report';
import { type ConfigFile, readConfigFile } from '@chainvisor/config';
import { existsSync, lstatSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { StagerError } from '../errors.js';

/** The variable that names the file. */
export const configVariable = 'CHAINVISOR_STAGER_CONFIG';

/** Where the file is looked for that nobody has named: for one node, and for the machine. */
function usualFiles(home: string | undefined): readonly string[] {
  const own = home !== undefined && isAbsolute(home) ? [join(home, 'cosmovisor', 'stager.toml')] : [];
  return [...own, '/etc/chainvisor-stager/config.toml'];
}

/**
 * The config.toml to read, its tables taken apart into keys such as `release.repository`: the one that the flag or the
 * variable names, else the first of the usual ones that is there. undefined where there is none.
 *
 * Throws StagerError `config` for a relative path, and ConfigError for what cannot be read.
 */
export async function findConfigFile(named: {
  readonly flag: string | undefined;
  readonly variable: string | undefined;
  readonly home: string | undefined;
}): Promise<ConfigFile | undefined> {
  const path = named.flag ?? (named.variable === '' ? undefined : named.variable);
  if (path !== undefined && !isAbsolute(path)) {
    const source = named.flag === undefined ? `${configVariable} in the environment` : 'the flag --config';
    throw new StagerError('config', `${JSON.stringify(path)} of ${source} is not an absolute path`, {
      reason: 'cron and systemd start programs in a directory of their own choice',
      hint: 'write the whole path from the root, such as /etc/chainvisor-stager/config.toml',
    });
  }
  const found = path ?? usualFiles(named.home).find(isThere);
  if (found === undefined) return undefined;
  const file = await readConfigFile(found);
  return { path: file.path, entries: Object.fromEntries(flatten(file.entries)) };
}

/** Throws StagerError `config` where that cannot be told, and for a link to nowhere: somebody means its settings to apply. */
function isThere(path: string): boolean {
  const hint = 'mend or remove it, or name another file by --config';
  try {
    if (!lstatSync(path).isSymbolicLink() || existsSync(path)) return true;
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw new StagerError('config', `config file ${JSON.stringify(path)} cannot be looked up: ${reasonOf(error)}`, {
      hint: 'run this as the user who owns the home, or as root',
    });
  }
  throw new StagerError('config', `config file ${JSON.stringify(path)} is a link that leads nowhere`, { hint });
}

/** Tables whose keys are settings. */
const tables = ['release', 'template', 'sources'];

function flatten(entries: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(entries).flatMap(([key, value]): [string, unknown][] => {
    if (!tables.includes(key) || !isTable(value)) return [[key, value]];
    return Object.entries(value).map(([inner, each]) => [
      `${key}.${inner}`,
      // A date need not stand in quotes.
      each instanceof Date ? each.toISOString() : each,
    ]);
  });
}

/** Whether a value of the file is a table. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
