import { cosmovisorSettings, daemonSettings } from '@chainvisor/config';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliError } from '../src/errors.js';
import { loadRunSettings, loadSettings, settingsTable } from '../src/settings.js';
import { tempDir } from './helpers/temp.js';

/** A home with cosmovisor/ in it, and the least that a supervised run asks for. */
async function ready(): Promise<Record<string, string>> {
  const home = await tempDir();
  await mkdir(join(home, 'cosmovisor'));
  return { DAEMON_HOME: home, DAEMON_NAME: 'palomad' };
}

async function refusalOf(env: Readonly<Record<string, string>>, file?: string): Promise<CliError> {
  try {
    await loadRunSettings(env, file);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('these settings were accepted');
}

async function configFile(text: string): Promise<string> {
  const path = join(await tempDir(), 'config.toml');
  await writeFile(path, text);
  return path;
}

describe('the table', () => {
  it('has every variable that docs/compatibility.md and the README name, and more', async () => {
    const known = Object.values(settingsTable).map(({ env }) => env);
    for (const document of ['../../../docs/compatibility.md', '../README.md', '../../../docs/operations.md']) {
      const text = await readFile(new URL(document, import.meta.url), 'utf8');
      const named = [...new Set(text.match(/\b(?:DAEMON|COSMOVISOR|CHAINVISOR|UNSAFE)_[A-Z_]*[A-Z]\b/g))];
      expect(named.length).toBeGreaterThan(5);
      // Told to the custom script, not read by us.
      expect(known).toEqual(expect.arrayContaining(named.filter((name) => name !== 'CHAINVISOR_ATTEMPT')));
    }
  });

  it('is the two tables of cosmovisor and our own variables, which the README lists with their defaults', async () => {
    const shared = { ...daemonSettings, ...cosmovisorSettings };
    expect(Object.values(settingsTable).map(({ env }) => env)).toEqual(
      expect.arrayContaining(Object.values(shared).map(({ env }) => env)),
    );
    const own = Object.entries(settingsTable).filter(([name]) => !(name in shared));
    expect(own.map(([, { env }]) => env)).toEqual([
      'CHAINVISOR_NODE_COMMANDS',
      'CHAINVISOR_PREUPGRADE_TIMEOUT',
      'CHAINVISOR_SETTLE_TIME',
      'CHAINVISOR_STUCK_TIME',
      'CHAINVISOR_BACKUP_STRATEGY',
      'CHAINVISOR_BACKUP_KEEP',
      'CHAINVISOR_BACKUP_OUTSIDE',
      'CHAINVISOR_LOG_FORMAT',
    ]);
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    for (const [, setting] of own) {
      const { env, fallback, format } = setting as {
        env: string;
        fallback: unknown;
        format: (value: unknown) => string;
      };
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${env}\``));
      expect(row).toContain(`\`${format(fallback).replace(/^1h0m0s$/, '1h')}\``);
    }
  });

  it('has one variable and one key for each setting', () => {
    const settings = Object.values(settingsTable);
    expect(new Set(settings.map(({ env }) => env)).size).toBe(settings.length);
    expect(new Set(settings.map(({ key }) => key)).size).toBe(settings.length);
    expect(settings.every(({ help }) => /^[A-Z].*\.$/.test(help))).toBe(true);
  });
});

describe('loadSettings', () => {
  it('has a default for everything but home and name', async () => {
    const { values, sources, warnings } = await loadSettings({ DAEMON_HOME: '/h', DAEMON_NAME: 'palomad' }, undefined);
    expect(values).toEqual({
      daemonHome: '/h',
      daemonName: 'palomad',
      allowDownloadBinaries: false,
      downloadMustHaveChecksum: false,
      restartAfterUpgrade: true,
      restartDelay: 0,
      shutdownGrace: 60_000,
      pollInterval: 300,
      skipBackup: false,
      dataBackupDir: undefined,
      preupgradeMaxRetries: 0,
      grpcAddress: 'localhost:9090',
      logBufferSize: undefined,
      disableLogs: false,
      colorLogs: true,
      timeFormat: 'rfc3339',
      customPreupgrade: undefined,
      disableRecase: false,
      nodeCommands: ['start'],
      preupgradeTimeout: 3_600_000,
      settleTime: 10_000,
      stuckTime: 30_000,
      backupStrategy: 'auto',
      backupKeep: 2,
      backupOutside: ['wasm'],
      logFormat: 'text',
    });
    expect(sources.timeFormat).toEqual({ from: 'default' });
    expect(warnings).toEqual([]);
  });

  it('reads our own from the environment', async () => {
    const { values } = await loadSettings(
      {
        DAEMON_HOME: '/h',
        DAEMON_NAME: 'palomad',
        CHAINVISOR_NODE_COMMANDS: 'start, launch',
        CHAINVISOR_PREUPGRADE_TIMEOUT: '90s',
        CHAINVISOR_SETTLE_TIME: '1.5s',
        CHAINVISOR_STUCK_TIME: '2m',
        CHAINVISOR_LOG_FORMAT: 'json',
      },
      undefined,
    );
    expect(values).toMatchObject({
      nodeCommands: ['start', 'launch'],
      preupgradeTimeout: 90_000,
      settleTime: 1500,
      stuckTime: 120_000,
      logFormat: 'json',
    });
  });

  it.each(['PREUPGRADE_TIMEOUT', 'SETTLE_TIME', 'STUCK_TIME'])('refuses CHAINVISOR_%s=0', async (name) => {
    const env = { DAEMON_HOME: '/h', DAEMON_NAME: 'palomad', [`CHAINVISOR_${name}`]: '0s' };
    await expect(loadSettings(env, undefined)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('reads config.toml where one is named, under the environment', async () => {
    const file = await configFile(
      'daemon_name = "a"\nchainvisor_node_commands = ["launch"]\nchainvisor_log_format = "json"\n',
    );
    const { values } = await loadSettings({ DAEMON_HOME: '/h', DAEMON_NAME: 'b' }, file);
    expect(values).toMatchObject({ daemonName: 'b', nodeCommands: ['launch'], logFormat: 'json' });
  });

  it.each(['DAEMON_HOMES', 'COSMOVISOR_DISABLE_LOG', 'CHAINVISOR_SETTLE', 'UNSAFE_SKIP_BACKUPS'])(
    'warns of %s, which nothing reads',
    async (name) => {
      const { warnings } = await loadSettings({ DAEMON_HOME: '/h', DAEMON_NAME: 'palomad', [name]: 'x' }, undefined);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(name);
    },
  );

  it('asks for nothing that only a supervised run needs', async () => {
    const env = { DAEMON_HOME: '/nowhere', DAEMON_NAME: 'palomad', DAEMON_ALLOW_DOWNLOAD_BINARIES: 'true' };
    await expect(loadSettings(env, undefined)).resolves.toMatchObject({ values: { allowDownloadBinaries: true } });
  });
});

describe('loadRunSettings', () => {
  it('gives what loadSettings gives where nothing is missing', async () => {
    const env = { ...(await ready()), CHAINVISOR_SETTLE: 'x' };
    expect(await loadRunSettings(env, undefined)).toEqual(await loadSettings(env, undefined));
  });

  it('refuses a place for backups that is not there, unless none are made', async () => {
    const env = await ready();
    const { DAEMON_HOME = '' } = env;
    const gone = join(DAEMON_HOME, 'backups');
    const error = await refusalOf({ ...env, DAEMON_DATA_BACKUP_DIR: gone });
    expect(error).toMatchObject({ code: 'config', exitCode: 78 });
    expect(error.message).toContain(
      `DAEMON_DATA_BACKUP_DIR = ${JSON.stringify(gone)} in environment: it is not a directory`,
    );
    const skipped = { ...env, DAEMON_DATA_BACKUP_DIR: gone, UNSAFE_SKIP_BACKUP: 'true' };
    await expect(loadRunSettings(skipped, undefined)).resolves.toMatchObject({ values: { skipBackup: true } });
    await mkdir(gone);
    const there = await loadRunSettings({ ...env, DAEMON_DATA_BACKUP_DIR: gone }, undefined);
    expect(there.values).toMatchObject({
      skipBackup: false,
      dataBackupDir: gone,
      backupStrategy: 'auto',
      backupKeep: 2,
    });
  });

  it.each(['a/b', '..', '.snapshots', '/var/lib'])(
    'refuses %s for a directory of the home to back up',
    async (name) => {
      const error = await refusalOf({ ...(await ready()), CHAINVISOR_BACKUP_OUTSIDE: `wasm,${name}` });
      expect(error.message).toMatch(
        /CHAINVISOR_BACKUP_OUTSIDE = .* which is no directory's name; name directories of the home/,
      );
    },
  );

  it('refuses a home without cosmovisor/, whatever else is in its place', async () => {
    const env = await ready();
    const home = await tempDir();
    await writeFile(join(home, 'file'), '');
    await mkdir(join(home, 'h'));
    await writeFile(join(home, 'h', 'cosmovisor'), '');
    for (const DAEMON_HOME of [home, join(home, 'gone'), join(home, 'file'), join(home, 'h'), `/${'x'.repeat(5000)}`]) {
      const error = await refusalOf({ ...env, DAEMON_HOME });
      expect(error.exitCode).toBe(78);
      expect(error.message).toContain('/cosmovisor is not a directory; run `chainvisor init');
    }
  });

  it('tells all at once, requirements along with what cannot be read', async () => {
    const error = await refusalOf({
      DAEMON_HOME: '/nowhere/at/all',
      DAEMON_POLL_INTERVAL: '600',
      CHAINVISOR_LOG_FORMAT: 'xml',
      DAEMON_DATA_BACKUP_DIR: '/nowhere/for/backups',
    });
    const lines = error.message.split('\n');
    expect(lines[0]).toBe('5 settings are wrong, nothing was started');
    expect(lines.slice(1).map((line) => /^ {2}(\w+)/.exec(line)?.[1])).toEqual([
      'DAEMON_NAME',
      'DAEMON_POLL_INTERVAL',
      'CHAINVISOR_LOG_FORMAT',
      'DAEMON_HOME',
      'DAEMON_DATA_BACKUP_DIR',
    ]);
  });

  it('speaks of a setting once, where it is unreadable and required', async () => {
    const error = await refusalOf({ DAEMON_HOME: 'relative', DAEMON_NAME: 'palomad', DAEMON_DATA_BACKUP_DIR: '~/b' });
    expect(error.message.match(/^ {2}DAEMON_HOME/gm)).toHaveLength(1);
    expect(error.message.match(/^ {2}DAEMON_DATA_BACKUP_DIR/gm)).toHaveLength(1);
    expect(error.message).toMatch(/^2 settings are wrong/);
  });

  it('names the file where a requirement is not met there', async () => {
    const { DAEMON_HOME = '', DAEMON_NAME = '' } = await ready();
    const file = await configFile("daemon_data_backup_dir = '/nowhere/for/backups'\n");
    const { message } = await refusalOf({ DAEMON_HOME, DAEMON_NAME }, file);
    expect(message).toContain(`daemon_data_backup_dir (DAEMON_DATA_BACKUP_DIR) = "/nowhere/for/backups" in "${file}"`);
    // The environment wins.
    await expect(
      loadRunSettings({ DAEMON_HOME, DAEMON_NAME, DAEMON_DATA_BACKUP_DIR: DAEMON_HOME }, file),
    ).resolves.toBeDefined();
  });

  it('passes on what is wrong with the file itself', async () => {
    const env = await ready();
    await expect(loadRunSettings(env, '/nowhere/config.toml')).rejects.toMatchObject({ code: 'CONFIG_FILE_MISSING' });
    await expect(loadRunSettings(env, await configFile('x ='))).rejects.toMatchObject({ code: 'CONFIG_FILE_SYNTAX' });
  });
});
