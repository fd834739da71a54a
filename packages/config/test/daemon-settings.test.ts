import { describe, expect, expectTypeOf, it } from 'vitest';
import { readConfigFile, readSettings } from '../src/index.js';
import { fileOf, minimal, problemOf, table } from './support.js';

const fixture = new URL('fixtures/cosmovisor-init.toml', import.meta.url).pathname;
const prefixes = ['DAEMON_', 'COSMOVISOR_', 'CHAINVISOR_'];

const defaults = {
  daemonHome: '/home/paloma/.paloma',
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
  timeFormat: 'kitchen',
  customPreupgrade: undefined,
  disableRecase: false,
};

describe('the shared settings', () => {
  it('have the defaults of cosmovisor where only home and name are set', () => {
    const { values, sources, warnings } = readSettings(table, { env: minimal, envPrefixes: prefixes });
    expect(values).toEqual(defaults);
    expect(warnings).toEqual([]);
    expect(sources.daemonName).toEqual({ from: 'environment', variable: 'DAEMON_NAME' });
    expect(sources.pollInterval).toEqual({ from: 'default' });
  });

  it('have the same defaults for keys that a config file does not hold', () => {
    const file = fileOf({ daemon_home: '/home/paloma/.paloma', daemon_name: 'palomad' });
    expect(readSettings(table, { env: {}, file }).values).toEqual(defaults);
  });

  it('read a file written by the init of cosmovisor without problem or warning', async () => {
    const file = await readConfigFile(fixture);
    const { values, sources, warnings } = readSettings(table, { env: {}, file, envPrefixes: prefixes });
    expect(values).toEqual({ ...defaults, dataBackupDir: '/home/paloma/.paloma' });
    expect(warnings).toEqual([]);
    expect(sources.pollInterval).toEqual({ from: 'file', path: fixture, key: 'daemon_poll_interval' });
    expect(sources.shutdownGrace).toEqual({ from: 'default' });
    expect(sources.customPreupgrade).toEqual({ from: 'default' });
  });

  it('read the environment that guides tell operators to set', () => {
    const env = {
      ...minimal,
      DAEMON_ALLOW_DOWNLOAD_BINARIES: 'false',
      DAEMON_LOG_BUFFER_SIZE: '512',
      DAEMON_RESTART_AFTER_UPGRADE: 'true',
      UNSAFE_SKIP_BACKUP: 'true',
    };
    const { values, warnings } = readSettings(table, { env, envPrefixes: prefixes });
    expect(values).toEqual({ ...defaults, logBufferSize: 512, skipBackup: true });
    expect(warnings).toEqual([]);
  });

  it('have types that follow from the table', () => {
    const { values } = readSettings(table, { env: minimal });
    expectTypeOf(values.daemonHome).toEqualTypeOf<string>();
    expectTypeOf(values.dataBackupDir).toEqualTypeOf<string | undefined>();
    expectTypeOf(values.pollInterval).toEqualTypeOf<number>();
    expectTypeOf(values.logBufferSize).toEqualTypeOf<number | undefined>();
    expectTypeOf(values.skipBackup).toEqualTypeOf<boolean>();
    expectTypeOf<''>().toExtend<typeof values.timeFormat>();
    expectTypeOf<'Kitchen'>().not.toExtend<typeof values.timeFormat>();
    expect(values.timeFormat).toBe('kitchen');
  });

  it.each(['a/b', '/usr/bin/palomad', '..', '.', '../palomad'])('refuse %s as the name of a daemon', (name) => {
    const problem = problemOf(() => readSettings(table, { env: { ...minimal, DAEMON_NAME: name } }));
    expect(problem).toMatchObject({ setting: 'DAEMON_NAME', value: name });
    expect(problem.reason).toContain('not a file name');
  });

  it('name a home that no shell expanded', () => {
    const problem = problemOf(() => readSettings(table, { env: { ...minimal, DAEMON_HOME: '$HOME/.paloma' } }));
    expect(problem.reason).toContain('holds $HOME as written');
  });

  it.each(['0', '0s', '0m0s'])('take a restart delay and a grace of %s as not set', (zero) => {
    const env = { ...minimal, DAEMON_RESTART_DELAY: zero, DAEMON_SHUTDOWN_GRACE: zero };
    const { values, sources, warnings } = readSettings(table, { env });
    expect([values.restartDelay, values.shutdownGrace]).toEqual([0, 60_000]);
    expect(sources.shutdownGrace).toEqual({ from: 'default' });
    expect(warnings).toEqual([`DAEMON_SHUTDOWN_GRACE=${zero} counts as not set: the default 1m0s applies`]);
  });

  it('refuse a poll interval of 0 and say where such a file comes from', () => {
    const file = fileOf({ daemon_poll_interval: 0n });
    const problem = problemOf(() => readSettings(table, { env: minimal, file }));
    expect(problem.reason).toBe(
      'must be greater than 0 (cosmovisor init writes 0 where it could not parse the variable)',
    );
    expect(problem.source).toEqual({ from: 'file', path: '/etc/config.toml', key: 'daemon_poll_interval' });
    expect(() => readSettings(table, { env: { ...minimal, DAEMON_POLL_INTERVAL: '0s' } })).toThrow('greater than 0');
  });

  it.each(['DAEMON_RESTART_DELAY', 'DAEMON_SHUTDOWN_GRACE', 'DAEMON_POLL_INTERVAL'])('refuse a negative %s', (name) => {
    const problem = problemOf(() => readSettings(table, { env: { ...minimal, [name]: '-5s' } }));
    expect(problem).toMatchObject({ setting: name, value: '-5s', reason: 'is negative' });
  });

  it('refuse a negative number of pre-upgrade retries', () => {
    const env = { ...minimal, DAEMON_PREUPGRADE_MAX_RETRIES: '-1' };
    expect(problemOf(() => readSettings(table, { env })).reason).toBe('is less than 0');
  });

  it('tell a time format that was not set from one that was set to nothing', () => {
    const empty = readSettings(table, { env: { ...minimal, COSMOVISOR_TIMEFORMAT_LOGS: '' } });
    expect(empty.values.timeFormat).toBe('');
    expect(empty.sources.timeFormat).toEqual({ from: 'environment', variable: 'COSMOVISOR_TIMEFORMAT_LOGS' });
    const file = fileOf({ cosmovisor_timeformat_logs: '' });
    expect(readSettings(table, { env: minimal, file }).values.timeFormat).toBe('');
    expect(readSettings(table, { env: minimal }).sources.timeFormat).toEqual({ from: 'default' });
  });

  it.each(['abc', '-1', '64k', '1.5'])('only warn about a log buffer size of %s', (size) => {
    const { values, warnings } = readSettings(table, { env: { ...minimal, DAEMON_LOG_BUFFER_SIZE: size } });
    expect(values.logBufferSize).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`DAEMON_LOG_BUFFER_SIZE = "${size}" in environment`);
    expect(warnings[0]).toContain('it changes nothing either way');
  });
});
