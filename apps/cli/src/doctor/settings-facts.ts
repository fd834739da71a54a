import { ConfigError } from '@chainvisor/config';
import { reasonOf } from '@chainvisor/report';
import { CliError } from '../errors.js';
import { loadRunSettings, loadSettings, type Settings } from '../settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What the settings are, as far as they can be read. */
export interface SettingsFacts {
  /** Undefined where not even home and daemon are known. What is wrong with one of them counts as not set. */
  readonly settings: Settings | undefined;
  /** What keeps a supervisor from starting, a line each. */
  readonly problems: readonly string[];
}

/** Reads them without a look at any home: of `unmet` alone that is asked. Never throws. */
export async function readSettingsFacts(env: Env, configPath: string | undefined): Promise<SettingsFacts> {
  try {
    return { settings: await loadSettings(env, configPath), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'CONFIG_INVALID') {
      // A file that cannot be read keeps no variable from being one.
      const settings = await loadSettings(env, undefined).catch(() => undefined);
      return { settings, problems: [reasonOf(error)] };
    }
    return { settings: await loadRest(env, configPath, error), problems: linesOf(error) };
  }
}

/** As before, with what a supervised run requires of the home besides. Never throws. */
export async function unmet(env: Env, configPath: string | undefined): Promise<readonly string[]> {
  try {
    await loadRunSettings(env, configPath);
    return [];
  } catch (error) {
    return error instanceof CliError ? linesOf(error) : [reasonOf(error)];
  }
}

/** The settings without those that are wrong. */
async function loadRest(env: Env, configPath: string | undefined, error: ConfigError): Promise<Settings | undefined> {
  const wrong = new Set(error.problems.map(({ setting }) => setting));
  const isOfFile = error.problems.some(({ source }) => source.from === 'file');
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !wrong.has(name)));
  return loadSettings(rest, isOfFile ? undefined : configPath).catch(() => undefined);
}

/** An error that holds several has a headline first. */
function linesOf({ message }: Error): readonly string[] {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.length === 1 ? lines : lines.slice(1);
}
