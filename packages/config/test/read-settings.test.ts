import { describe, expect, it } from 'vitest';
import { bool, describeProblem, describeSource, integer, readSettings, text } from '../src/index.js';
import { configErrorOf, fileOf, minimal, problemOf, table } from './support.js';

describe('readSettings', () => {
  it('takes the environment before the file, whether or not the file holds the key', () => {
    const file = fileOf({ daemon_name: 'old', daemon_home: '/old', unsafe_skip_backup: false });
    const env = { DAEMON_NAME: 'new', UNSAFE_SKIP_BACKUP: 'true', DAEMON_POLL_INTERVAL: '1s' };
    const { values, sources } = readSettings(table, { env, file });
    expect(values).toMatchObject({ daemonName: 'new', daemonHome: '/old', skipBackup: true, pollInterval: 1000 });
    expect(sources).toMatchObject({
      daemonName: { from: 'environment', variable: 'DAEMON_NAME' },
      daemonHome: { from: 'file', path: '/etc/config.toml', key: 'daemon_home' },
      pollInterval: { from: 'environment', variable: 'DAEMON_POLL_INTERVAL' },
      colorLogs: { from: 'default' },
    });
  });

  it('takes a variable that is set to nothing as not set', () => {
    const file = fileOf({ daemon_name: 'palomad', unsafe_skip_backup: true });
    const env = { DAEMON_HOME: '/h', DAEMON_NAME: '', UNSAFE_SKIP_BACKUP: '', DAEMON_POLL_INTERVAL: '' };
    const { values, warnings } = readSettings(table, { env, file });
    expect(values).toMatchObject({ daemonName: 'palomad', skipBackup: true, pollInterval: 300 });
    expect(warnings).toEqual([]);
  });

  it('reads keys in any letter case and names them as the file does', () => {
    const file = fileOf({ Daemon_Home: '/h', DAEMON_NAME: 'palomad' });
    const { values, sources, warnings } = readSettings(table, { env: {}, file });
    expect(values.daemonHome).toBe('/h');
    expect(sources.daemonName).toEqual({ from: 'file', path: '/etc/config.toml', key: 'DAEMON_NAME' });
    expect(warnings).toEqual([]);
  });

  it('refuses a key that the file holds in two letter cases', () => {
    const file = fileOf({ DAEMON_NAME: 'a', daemon_name: 'b', daemon_home: '/h' });
    const problem = problemOf(() => readSettings(table, { env: {}, file }));
    expect(problem.reason).toBe('is given more than once, as DAEMON_NAME and daemon_name');
  });

  it('reports everything at once, in the order of the table', () => {
    const file = fileOf({ daemon_shutdown_grace: 60n, cosmovisor_color_logs: 'yes', daemon_home: 'relative' });
    const env = { DAEMON_POLL_INTERVAL: '600', UNSAFE_SKIP_BACKUP: '1', DAEMON_PREUPGRADE_MAX_RETRIES: '-1' };
    const error = configErrorOf(() => readSettings(table, { env, file }));
    expect(error).toMatchObject({ name: 'ConfigError', code: 'CONFIG_INVALID' });
    expect(error.problems.map(({ setting, source }) => [setting, source.from])).toEqual([
      ['DAEMON_HOME', 'file'],
      ['DAEMON_NAME', 'default'],
      ['DAEMON_SHUTDOWN_GRACE', 'file'],
      ['DAEMON_POLL_INTERVAL', 'environment'],
      ['UNSAFE_SKIP_BACKUP', 'environment'],
      ['DAEMON_PREUPGRADE_MAX_RETRIES', 'environment'],
      ['COSMOVISOR_COLOR_LOGS', 'file'],
    ]);
    expect(error.message.split('\n')).toEqual(['7 settings are wrong:', ...error.problems.map(describeProblem)]);
  });

  it('says of a missing setting how to set it where systemd starts the process', () => {
    const problem = problemOf(() => readSettings(table, { env: { DAEMON_NAME: 'palomad' } }));
    expect(problem).toMatchObject({ setting: 'DAEMON_HOME', value: undefined, reason: 'is not set' });
    expect(describeProblem(problem)).toBe(
      'DAEMON_HOME is not set: set it to an absolute path, such as /home/node/.chain, or daemon_home in config.toml ' +
        '(systemd reads no ~/.profile: use Environment=DAEMON_HOME=… in the unit)',
    );
  });

  it('warns of a bad value in the file that the environment overrides', () => {
    const file = fileOf({ unsafe_skip_backup: 'yes' });
    const { values, warnings } = readSettings(table, { env: { ...minimal, UNSAFE_SKIP_BACKUP: 'true' }, file });
    expect(values.skipBackup).toBe(true);
    expect(warnings).toEqual([
      'the environment overrides unsafe_skip_backup (UNSAFE_SKIP_BACKUP) = "yes" in "/etc/config.toml": ' +
        'is neither true nor false; set it to true or false, or remove it for the default false',
    ]);
  });

  it('reports a setting once where both environment and file are wrong', () => {
    const file = fileOf({ unsafe_skip_backup: 'yes' });
    const problem = problemOf(() => readSettings(table, { env: { ...minimal, UNSAFE_SKIP_BACKUP: '1' }, file }));
    expect(problem.source.from).toBe('environment');
  });

  it('turns whatever a setting throws into a problem', () => {
    const odd = text({
      env: 'ODD',
      help: 'Odd.',
      check: () => {
        throw new RangeError('is odd');
      },
    });
    const problem = problemOf(() => readSettings({ odd }, { env: { ODD: '1' } }));
    expect(problem).toMatchObject({ setting: 'ODD', reason: 'is odd', fix: 'set it to a text' });
  });

  it('uses the key of a setting where it is not the lower-case variable', () => {
    const own = { port: integer({ env: 'CHAINVISOR_PORT', key: 'metrics_port', fallback: 1, help: 'Port.' }) };
    expect(readSettings(own, { env: {}, file: fileOf({ metrics_port: 9n }) }).values.port).toBe(9);
  });

  it('is not led astray by names of Object.prototype', () => {
    const own = { constructor: bool({ env: 'CONSTRUCTOR', fallback: false, help: 'Odd name.' }) };
    const { values, sources } = readSettings(own, { env: {}, file: fileOf({}) });
    expect(values).toEqual({ constructor: false });
    expect(sources.constructor).toEqual({ from: 'default' });
  });
});

describe('describeProblem', () => {
  it('gives one line that names value, source, reason and remedy', () => {
    const problem = problemOf(() => readSettings(table, { env: { ...minimal, DAEMON_POLL_INTERVAL: '600' } }));
    expect(describeProblem(problem)).toBe(
      'DAEMON_POLL_INTERVAL = "600" in environment: missing unit in duration "600"; write 600ms or 600s',
    );
  });

  it.each(['/x\nINFO all is well', '/x\u001b[31m\u0007', '/x\u009b2J\u202e\u2028', `/x\0${'y'.repeat(100_000)}`])(
    'stays one short, harmless line for a hostile value (%#)',
    (home) => {
      const problem = problemOf(() => readSettings(table, { env: { ...minimal, DAEMON_HOME: home } }));
      const line = describeProblem(problem);
      expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      expect(line.length).toBeLessThan(1000);
    },
  );
});

describe('describeSource', () => {
  it('names each kind of source', () => {
    expect(describeSource({ from: 'default' })).toBe('default');
    expect(describeSource({ from: 'environment', variable: 'X' })).toBe('environment');
    expect(describeSource({ from: 'file', path: '/etc/config.toml', key: 'x' })).toBe('"/etc/config.toml" (key x)');
  });
});
