import {
  ConfigError,
  type ConfigFile,
  describeProblem,
  describeSource,
  type Problem,
  readSettings,
  type SettingsResult,
  type Source,
} from '@chainvisor/config';
import { StagerError } from '../errors.js';
import { configVariable, findConfigFile, isTable } from './file.js';
import { shownAddress, shownQuoted, shownText } from './shown.js';
import { addressSettings, settingsTable, type StagerSettings } from './table.js';
import { readUpgradesTable, type TableEntry } from './upgrades-table.js';

type Env = Readonly<Record<string, string | undefined>>;

/** The flags of the command line that are settings, as text; undefined where not given. */
export interface SettingFlags {
  readonly home?: string | undefined;
  readonly daemon?: string | undefined;
  readonly keep?: string | undefined;
  /** Names the file; no setting itself. */
  readonly config?: string | undefined;
}

export interface Settings {
  readonly values: StagerSettings;
  /** Where each comes from, for people and programs. */
  readonly sources: { readonly [K in keyof StagerSettings]: Source | { readonly from: 'flag'; readonly flag: string } };
  readonly upgrades: ReadonlyMap<string, TableEntry>;
  /** The file that was read. */
  readonly file: string | undefined;
  readonly warnings: readonly string[];
}

const flagged = ['home', 'daemon', 'keep'] as const;
const prefix = 'CHAINVISOR_STAGER_';

/**
 * Reads flags, environment and config.toml. Throws StagerError `config` that names all that is wrong at once, with its
 * source: also every key, and every variable with our prefix, that nothing reads. Throws ConfigError for a file that
 * cannot be read.
 */
export async function loadSettings(flags: SettingFlags, env: Env): Promise<Settings> {
  const home = flags.home ?? env[settingsTable.home.env];
  const file = await findConfigFile({ flag: flags.config, variable: env[configVariable], home });
  const table = readUpgradesTable(file);
  const wrong = [...unknownVariables(env), ...(file === undefined ? [] : unknownKeys(file)), ...table.problems];
  const result = read(overlaid(flags, env), file, flags, wrong);
  const sources = { ...result.sources } as Record<keyof StagerSettings, Settings['sources']['home']>;
  for (const name of flagged) if (flags[name] !== undefined) sources[name] = { from: 'flag', flag: `--${name}` };
  return {
    values: result.values,
    sources,
    upgrades: table.entries,
    file: file?.path,
    warnings: result.warnings.map(shownQuoted),
  };
}

/** `--home`, `environment`, `default` or the file with its key. */
export function describeOrigin(source: Settings['sources']['home']): string {
  return source.from === 'flag' ? source.flag : describeSource(source);
}

function overlaid(flags: SettingFlags, env: Env): Env {
  const given = flagged.flatMap((name): [string, string][] => {
    const value = flags[name];
    return value === undefined ? [] : [[settingsTable[name].env, value]];
  });
  return { ...env, ...Object.fromEntries(given) };
}

function read(env: Env, file: ConfigFile | undefined, flags: SettingFlags, wrong: readonly string[]) {
  let result: SettingsResult<typeof settingsTable>;
  try {
    // Keys that nothing reads are errors of ours: `unknownKeys`.
    result = readSettings(settingsTable, { env, file: file === undefined ? undefined : withKnownKeys(file) });
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'CONFIG_INVALID') throw error;
    throw invalid([...wrong, ...error.problems.map((problem) => describe(problem, flags))]);
  }
  if (wrong.length > 0) throw invalid(wrong);
  return result;
}

function describe(whole: Problem, flags: SettingFlags): string {
  const problem = withoutSecrets(whole);
  const name = flagged.find((each) => flags[each] !== undefined && settingsTable[each].env === problem.setting);
  if (name === undefined) return describeProblem(problem);
  const { value = '', reason, fix } = problem;
  return `--${name} ${JSON.stringify(value)}: ${value === '' ? 'is empty' : reason}; ${fix}`;
}

function withoutSecrets(problem: Problem): Problem {
  const { setting, value, reason } = problem;
  if (value === undefined) return problem;
  // The token itself, put where its file is to be named.
  if (setting === settingsTable.tokenFile.env) return { ...problem, value: /^[\w-]{20,}$/.test(value) ? '***' : value };
  const isAddress = addressSettings.some((name) => settingsTable[name].env === setting);
  return { ...problem, value: isAddress ? shownAddress(value) : shownText(value), reason: shownQuoted(reason) };
}

const keys = Object.values(settingsTable).map(({ key }) => key);

function isKnown(key: string): boolean {
  return keys.some((known) => known.toLowerCase() === key.toLowerCase());
}

function withKnownKeys({ path, entries }: ConfigFile): ConfigFile {
  return { path, entries: Object.fromEntries(Object.entries(entries).filter(([key]) => isKnown(key))) };
}

function unknownKeys({ path, entries }: ConfigFile): readonly string[] {
  return Object.entries(entries).flatMap(([key, value]) => {
    if (key === 'upgrades' || isKnown(key)) return [];
    const table = keys.filter((known) => known.startsWith(`${key.split('.')[0] ?? ''}.`));
    const what = isTable(value) ? 'table' : 'key';
    const inner = table.map((known) => known.slice(known.indexOf('.') + 1));
    const there = key.includes('.') ? inner : keys.filter((known) => !known.includes('.'));
    const fix =
      table.length > 0 && !key.includes('.')
        ? `it is a table: write [${key}] and ${inner.join(', ')} below it`
        : `there are ${there.join(', ')}${key.includes('.') ? '' : ', and the tables [release], [template], [sources] and [upgrades."<name>"]'}`;
    return [`${what} ${JSON.stringify(key)} in ${JSON.stringify(path)} is not known: ${fix}`];
  });
}

function unknownVariables(env: Env): readonly string[] {
  const known = new Set([configVariable, ...Object.values(settingsTable).map((setting) => setting.env)]);
  return Object.entries(env).flatMap(([name, value]) => {
    if (!name.toUpperCase().startsWith(prefix) || value === undefined || value === '' || known.has(name)) return [];
    return [
      `environment variable ${JSON.stringify(name)} is not known: remove it; there are ${[...known].filter((each) => each.startsWith(prefix)).join(', ')}`,
    ];
  });
}

function invalid(problems: readonly string[]): StagerError {
  const count = problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`;
  return new StagerError('config', `${count}, nothing was done\n${problems.map((line) => `  ${line}`).join('\n')}`);
}
