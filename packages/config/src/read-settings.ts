import type { ConfigFile } from './config-file.js';
import { ConfigError, invalidSettings } from './errors.js';
import { display } from './quote.js';
import { describeProblem, type Problem } from './problem.js';
import type { Setting, SettingsTable, ValuesOf } from './setting.js';
import type { Source } from './source.js';
import { unknownKeys, unknownVariables } from './unknown-names.js';

export interface SettingsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigFile | undefined;
  /** A variable with one of these prefixes (upper case) that no setting has is warned about. */
  readonly envPrefixes?: readonly string[];
}

export interface SettingsResult<T extends SettingsTable> {
  readonly values: ValuesOf<T>;
  readonly sources: { readonly [K in keyof T]: Source };
  /** One line each: unknown names, and values that have no effect. */
  readonly warnings: readonly string[];
}

/**
 * Reads every setting of the table: environment first, then the file, then the default. The environment wins for every
 * key, and a key missing from the file has its default: cosmovisor gets both wrong. A variable set to nothing counts as
 * not set, except where empty is a value of its own.
 *
 * @throws ConfigError `CONFIG_INVALID`, whose `problems` names every missing or unusable setting exactly once
 */
export function readSettings<T extends SettingsTable>(table: T, input: SettingsInput): SettingsResult<T> {
  const results = Object.entries(table).map(([name, setting]) => ({ name, ...readOne(setting, input) }));
  const problems = results.flatMap((result) => (result.problem === undefined ? [] : [result.problem]));
  if (problems.length > 0) throw invalidSettings(problems);
  return {
    values: Object.fromEntries(results.map(({ name, value }) => [name, value])) as ValuesOf<T>,
    sources: Object.fromEntries(results.map(({ name, source }) => [name, source])) as SettingsResult<T>['sources'],
    warnings: [
      ...results.flatMap((result) => result.warnings),
      ...unknownVariables(table, input.env, input.envPrefixes ?? []),
      ...(input.file === undefined ? [] : unknownKeys(table, input.file)),
    ],
  };
}

interface Reading {
  readonly value: unknown;
  readonly source: Source;
  readonly problem?: Problem;
  readonly warnings: readonly string[];
}

function readOne(setting: Setting<unknown>, { env, file }: SettingsInput): Reading {
  const text = env[setting.env];
  const fromFile = file === undefined ? undefined : readFromFile(setting, file);
  if (text !== undefined && (text !== '' || setting.emptyIsValue)) {
    const source: Source = { from: 'environment', variable: setting.env };
    const reading = convert(setting, text, source, () => setting.parse(text));
    // It does not count now, but it will on the day the variable is gone.
    const shadowed = fromFile?.problem;
    if (shadowed === undefined) return reading;
    return { ...reading, warnings: [...reading.warnings, `the environment overrides ${describeProblem(shadowed)}`] };
  }
  const reading = fromFile ?? defaultOf(setting);
  if (reading.problem === undefined && reading.source.from === 'default' && setting.required) {
    return { ...reading, problem: missing(setting) };
  }
  return reading;
}

function readFromFile(setting: Setting<unknown>, file: ConfigFile): Reading | undefined {
  const wanted = setting.key.toLowerCase();
  const found = Object.entries(file.entries).filter(
    ([key, value]) => key.toLowerCase() === wanted && value !== undefined,
  );
  const [entry] = found;
  if (entry === undefined) return undefined;
  const [key, value] = entry;
  const source: Source = { from: 'file', path: file.path, key };
  if (found.length > 1) {
    const reason = `is given more than once, as ${found.map(([each]) => each).join(' and ')}`;
    return failed(setting, { setting: setting.env, value: display(value), source, reason, fix: 'keep one of them' });
  }
  return convert(setting, display(value), source, () => setting.fromFile(value));
}

function convert(setting: Setting<unknown>, shown: string, source: Source, read: () => unknown): Reading {
  try {
    const value = read();
    if (!setting.meansUnset(value)) return { value, source, warnings: [] };
    // A file written by cosmovisor's init holds every key, the unset ones too: nothing to say about those.
    if (source.from === 'file') return defaultOf(setting);
    const fallback = setting.format(setting.fallback);
    const warning = `${setting.env}=${shown} counts as not set: the default${fallback === '' ? '' : ` ${fallback}`} applies`;
    return { ...defaultOf(setting), warnings: [warning] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fix = error instanceof ConfigError ? error.hint : undefined;
    const problem = { setting: setting.env, value: shown, source, reason, fix: fix ?? usualFix(setting) };
    return failed(setting, problem);
  }
}

function failed(setting: Setting<unknown>, problem: Problem): Reading {
  const reading = defaultOf(setting);
  if (!setting.noEffect) return { ...reading, problem };
  return { ...reading, warnings: [`${describeProblem(problem)}; it changes nothing either way`] };
}

function defaultOf(setting: Setting<unknown>): Reading {
  return { value: setting.fallback, source: { from: 'default' }, warnings: [] };
}

function missing(setting: Setting<unknown>): Problem {
  return {
    setting: setting.env,
    value: undefined,
    source: { from: 'default' },
    reason: 'is not set',
    fix:
      `set it to ${setting.expects}, or ${setting.key} in config.toml ` +
      `(systemd reads no ~/.profile: use Environment=${setting.env}=… in the unit)`,
  };
}

function usualFix(setting: Setting<unknown>): string {
  const fallback = setting.required ? '' : setting.format(setting.fallback);
  return `set it to ${setting.expects}${fallback === '' ? '' : `, or remove it for the default ${fallback}`}`;
}
