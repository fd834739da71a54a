import type { Setting } from '@chainvisor/config';
import { type Settings, settingsTable } from '../settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Those that are ours to write into the environment file of a node; the stager writes its own. */
export function isOurVariable(name: string): boolean {
  return /^(?:DAEMON|COSMOVISOR|CHAINVISOR|UNSAFE)_/.test(name) && !name.startsWith('CHAINVISOR_STAGER_');
}

const table: Readonly<Record<string, Setting<unknown>>> = settingsTable;

/**
 * What goes into the environment file: what is set in the environment or in config.toml, and what the operator gives besides.
 * Defaults are left out, so that a later version's apply, and so is what has no effect.
 */
export function variablesOf(
  env: Env,
  settings: Settings,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const values: Readonly<Record<string, unknown>> = settings.values;
  const sources: Readonly<Record<string, Settings['sources']['daemonHome']>> = settings.sources;
  const known = Object.entries(table).flatMap(([name, setting]): [string, string][] => {
    const source = sources[name];
    if (setting.noEffect || source === undefined || source.from === 'default') return [];
    const text = source.from === 'environment' ? env[setting.env] : setting.format(values[name]);
    return text === undefined ? [] : [[setting.env, text]];
  });
  const names = new Set(Object.values(table).map((setting) => setting.env));
  // A variable that no setting of ours reads may be another tool's: it is warned of, and passed on.
  const others = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      isOurVariable(entry[0]) && !names.has(entry[0]) && entry[1] !== undefined && entry[1] !== '',
  );
  const foreign = Object.entries(extra).filter(([name]) => !isOurVariable(name));
  return Object.fromEntries([...known, ...others.sort(([a], [b]) => (a < b ? -1 : 1)), ...foreign]);
}
