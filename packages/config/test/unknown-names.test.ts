import { describe, expect, it } from 'vitest';
import { bool, readSettings } from '../src/index.js';
import { fileOf, minimal, table } from './support.js';

const envPrefixes = ['DAEMON_', 'COSMOVISOR_', 'CHAINVISOR_'];

function warningsOf(env: Record<string, string>, entries: Record<string, unknown> = {}): readonly string[] {
  return readSettings(table, { env: { ...minimal, ...env }, file: fileOf(entries), envPrefixes }).warnings;
}

describe('an unknown variable', () => {
  it.each([
    ['DAEMON_POLL', 'DAEMON_POLL_INTERVAL'],
    ['DAEMON_POLL_INTERVALL', 'DAEMON_POLL_INTERVAL'],
    ['DAEMON_HOEM', 'DAEMON_HOME'],
    ['DAEMON_ALLOW_DOWNLOAD_BINARY', 'DAEMON_ALLOW_DOWNLOAD_BINARIES'],
    ['DAEMON_PREUPGRADE', 'DAEMON_PREUPGRADE_MAX_RETRIES'],
    ['COSMOVISOR_COLOUR_LOGS', 'COSMOVISOR_COLOR_LOGS'],
    ['DAEMON_SKIP_BACKUP', 'UNSAFE_SKIP_BACKUP'],
    ['daemon_name', 'DAEMON_NAME'],
  ])('%s is warned about, with %s as what may be meant', (name, meant) => {
    expect(warningsOf({ [name]: 's3cret' })).toEqual([
      `environment variable ${name} is not known and changes nothing; did you mean ${meant}?`,
    ]);
  });

  it('that resembles nothing is warned about without a guess', () => {
    expect(warningsOf({ CHAINVISOR_XYZZY: '1' })).toEqual([
      'environment variable CHAINVISOR_XYZZY is not known and changes nothing',
    ]);
  });

  it.each(['PATH', 'PALOMAD_HOME', 'DAEMON', 'MY_DAEMON_HOME', 'MAX_RESTART_RETRIES'])(
    'without our prefix is left alone: %s',
    (name) => {
      expect(warningsOf({ [name]: '1' })).toEqual([]);
    },
  );

  it('that is set to nothing is left alone', () => {
    expect(warningsOf({ DAEMON_NOTHING: '', DAEMON_INFO: '' })).toEqual([]);
  });

  it('is quoted and cut where its name is hostile', () => {
    const [warning = ''] = warningsOf({ [`DAEMON_\n${'x'.repeat(5000)}`]: '1' });
    expect(warning).toMatch(/^environment variable "DAEMON_\\nx+…" is not known and changes nothing$/);
  });

  it('of the shared tables is known to a program that reads only its own', () => {
    const own = { verbose: bool({ env: 'CHAINVISOR_VERBOSE', fallback: false, help: 'Say more.' }) };
    const file = fileOf({ daemon_home: '/h', cosmovisor_color_logs: true, chainvisor_verbose: true });
    const env = { ...minimal, COSMOVISOR_DISABLE_LOGS: 'true' };
    expect(readSettings(own, { env, file, envPrefixes }).warnings).toEqual([]);
  });
});

describe('a variable that no released cosmovisor reads', () => {
  it.each([
    ['DAEMON_BACKUP_DATA_DIR', 'where backups go is DAEMON_DATA_BACKUP_DIR'],
    ['DAEMON_DATA_DIR', 'never released'],
    ['DAEMON_INFO', 'Provenance'],
    ['DAEMON_UPDATE_INFO_FILE', 'development branch'],
    ['DAEMON_RPC_ADDRESS', 'unreleased cosmovisor 2'],
    ['COSMOVISOR_CUSTOM_ROOT', 'Omni'],
    ['COSMOVISOR_CUSTOM_CURRENT_LINK', 'Omni'],
    ['DAEMON_RESTART_ON_FAILURE', 'wemixvisor'],
    ['DAEMON_MAX_RESTARTS', 'wemixvisor'],
    ['DAEMON_NETWORK', 'wemixvisor'],
    ['UNSAFE_SKIP_CHECKSUM', 'DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM=true'],
  ])('%s is explained', (name, part) => {
    const warnings = warningsOf({ [name]: 'x' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(new RegExp(`^environment variable ${name} `));
    expect(warnings[0]).toContain(part);
  });
});

describe('an unknown key', () => {
  it('is warned about with file and nearest key', () => {
    expect(warningsOf({}, { daemon_pol_interval: 1n, Daemon_Hoem: '/x' })).toEqual([
      'key daemon_pol_interval in "/etc/config.toml" is not known and changes nothing; did you mean daemon_poll_interval?',
      'key Daemon_Hoem in "/etc/config.toml" is not known and changes nothing; did you mean daemon_home?',
    ]);
  });

  it('that belongs to an unreleased version is explained', () => {
    const [first, second] = warningsOf({}, { daemon_data_dir: '/x', max_restart_retries: 5n });
    expect(first).toContain('never released');
    expect(second).toContain('leave restarts to systemd');
  });

  it('that is a table is said to be read by nothing, since its settings would be lost', () => {
    const [warning] = warningsOf({}, { cosmovisor: { daemon_poll_interval: '1s' } });
    expect(warning).toContain('key cosmovisor in "/etc/config.toml" is a table, which nothing reads');
  });

  it.each(['__proto__', 'constructor', 'toString', ''])('%j is one like any other', (key) => {
    const entries = Object.fromEntries([[key, 1n]]);
    expect(warningsOf({}, entries)).toHaveLength(1);
  });
});
