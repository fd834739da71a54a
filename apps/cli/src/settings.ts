import {
  choice,
  ConfigError,
  cosmovisorSettings,
  daemonSettings,
  describeProblem,
  duration,
  integer,
  invalidValue,
  list,
  type Problem,
  readConfigFile,
  readSettings,
  type Setting,
  type SettingsInput,
  type SettingsResult,
  type ValuesOf,
} from '@chainvisor/config';
import { join } from 'node:path';
import { CliError } from './errors.js';
import { isDirectory } from './is-directory.js';

/** Every setting of the supervisor: cosmovisor's, and our own under CHAINVISOR_. */
export const settingsTable = {
  ...daemonSettings,
  ...cosmovisorSettings,
  // What `init` writes; where nothing is set, lines have UTC and milliseconds, which Go's layouts cannot say.
  timeFormat: { ...cosmovisorSettings.timeFormat, fallback: 'rfc3339' } as typeof cosmovisorSettings.timeFormat,
  nodeCommands: list({
    env: 'CHAINVISOR_NODE_COMMANDS',
    fallback: ['start'],
    help: 'The commands of the binary that are a running node and so supervised; any other is passed through.',
  }),
  preupgradeTimeout: duration({
    env: 'CHAINVISOR_PREUPGRADE_TIMEOUT',
    fallback: 3_600_000,
    zero: 'refused',
    help: 'How long the custom script, and each run of pre-upgrade, may take.',
  }),
  settleTime: duration({
    env: 'CHAINVISOR_SETTLE_TIME',
    fallback: 10_000,
    zero: 'refused',
    help: 'How long upgrade-info.json must stay unchanged to count where the node answers no RPC.',
  }),
  stuckTime: duration({
    env: 'CHAINVISOR_STUCK_TIME',
    fallback: 30_000,
    zero: 'refused',
    help: 'How long the application may stay behind the stored block before that is called a consensus failure.',
  }),
  backupStrategy: choice({
    env: 'CHAINVISOR_BACKUP_STRATEGY',
    choices: ['auto', 'reflink', 'link', 'copy'],
    fallback: 'auto',
    help: 'How the data directory is backed up: by what the file system can, or as named.',
  }),
  backupKeep: integer({
    env: 'CHAINVISOR_BACKUP_KEEP',
    fallback: 2,
    help: 'How many backups of ours are kept, the newest; 0 keeps all.',
  }),
  backupOutside: list({
    env: 'CHAINVISOR_BACKUP_OUTSIDE',
    fallback: ['wasm'],
    check: checkPlainName,
    help: 'Directories of the home, besides data, that are backed up with it where they are there.',
  }),
  logFormat: choice({
    env: 'CHAINVISOR_LOG_FORMAT',
    choices: ['text', 'json'],
    fallback: 'text',
    help: 'Log lines as text, or as one JSON object each.',
  }),
};

/** The values. */
export type RunSettings = ValuesOf<typeof settingsTable>;
/** The values with the source of each, and what to warn of. */
export type Settings = SettingsResult<typeof settingsTable>;

/** Throws for what is no name of a directory in the home. */
function checkPlainName(name: string): void {
  if (name.includes('/') || name.startsWith('.'))
    throw invalidValue(
      `has ${JSON.stringify(name)}, which is no directory's name`,
      'name directories of the home, such as wasm',
    );
}

/** What the variables of settings begin with. */
const envPrefixes = ['DAEMON_', 'COSMOVISOR_', 'CHAINVISOR_', 'UNSAFE_'];

/** Reads the environment and, where one is named, config.toml. Throws ConfigError with all problems at once. */
export async function loadSettings(env: SettingsInput['env'], configPath: string | undefined): Promise<Settings> {
  return readSettings(settingsTable, await inputOf(env, configPath));
}

/**
 * As `loadSettings`, for a supervised run: what only such a run needs is checked along with the rest, so that all is told
 * at once and at the start, not at the height. Throws CliError `config`.
 */
export async function loadRunSettings(env: SettingsInput['env'], configPath: string | undefined): Promise<Settings> {
  const input = await inputOf(env, configPath);
  const requirements = unmetRequirements(input);
  try {
    const settings = readSettings(settingsTable, input);
    if (requirements.length === 0) return settings;
    throw invalid(requirements);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'CONFIG_INVALID') throw error;
    const problems = [
      ...error.problems,
      ...requirements.filter(({ setting }) => !error.problems.some((known) => known.setting === setting)),
    ];
    throw invalid(problems);
  }
}

async function inputOf(env: SettingsInput['env'], configPath: string | undefined): Promise<SettingsInput> {
  const file = configPath === undefined ? undefined : await readConfigFile(configPath);
  return { env: withoutStager(env), envPrefixes, file };
}

/** The services of a node share one environment file: the stager's settings are none that we fail to know. */
function withoutStager(env: SettingsInput['env']): SettingsInput['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CHAINVISOR_STAGER_')));
}

function unmetRequirements(input: SettingsInput): readonly Problem[] {
  const problems: Problem[] = [];
  const home = one(settingsTable.daemonHome, input);
  if (home !== undefined) {
    const root = join(home.value, 'cosmovisor');
    if (!isDirectory(root)) {
      problems.push({
        setting: 'DAEMON_HOME',
        value: home.value,
        source: home.source,
        reason: `${root} is not a directory`,
        fix: 'run `chainvisor init <path to binary>`, or name the home that holds cosmovisor/',
      });
    }
  }
  const skipped = one(settingsTable.skipBackup, input);
  const backups = one(settingsTable.dataBackupDir, input);
  if (skipped?.value === false && backups?.value !== undefined && !isDirectory(backups.value)) {
    problems.push({
      setting: 'DAEMON_DATA_BACKUP_DIR',
      value: backups.value,
      source: backups.source,
      reason: 'it is not a directory, and an upgrade would stop for want of a backup',
      fix: 'create it for the user that runs the node, or mount what belongs there; or leave the setting away: backups then go to DAEMON_HOME',
    });
  }
  return problems;
}

/** One setting by itself; undefined where it cannot be read, which the whole table reports. */
function one<T>(setting: Setting<T>, input: SettingsInput) {
  try {
    const { values, sources } = readSettings({ setting }, input);
    return { value: values.setting, source: sources.setting };
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function invalid(problems: readonly Problem[]): CliError {
  const count = problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`;
  return new CliError(
    'config',
    `${count}, nothing was started\n${problems.map((problem) => `  ${describeProblem(problem)}`).join('\n')}`,
  );
}
