import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { list, readConfigFile, readSettings, renderConfigToml, timeFormats } from '../src/index.js';
import { fileOf, minimal, table, tempDir } from './support.js';

function valuesOf(env: Record<string, string> = {}) {
  return readSettings(table, { env: { ...minimal, ...env } }).values;
}

describe('renderConfigToml', () => {
  it('writes the keys of cosmovisor in its order', async () => {
    const values = { ...valuesOf({ COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' }), dataBackupDir: '/backups' };
    const rendered = Object.keys(parse(renderConfigToml(table, values)));
    const written = parse(await readFile(new URL('fixtures/cosmovisor-init.toml', import.meta.url), 'utf8'));
    expect(rendered).toEqual(Object.keys(written));
  });

  it('writes durations with their unit, and comments out what is not set', () => {
    const lines = renderConfigToml(table, valuesOf()).split('\n');
    expect(lines).toContain("daemon_poll_interval = '300ms'");
    expect(lines).toContain("daemon_shutdown_grace = '1m0s'");
    expect(lines).toContain("daemon_restart_delay = '0s'");
    expect(lines).toContain('# daemon_data_backup_dir =');
  });

  it('leaves out what has no effect', () => {
    expect(renderConfigToml(table, valuesOf({ DAEMON_LOG_BUFFER_SIZE: '512' }))).not.toContain('log_buffer');
  });

  it('explains every setting on a line of its own', () => {
    const comments = renderConfigToml(table, valuesOf())
      .split('\n')
      .filter((line) => /^# [A-Z]/.test(line));
    expect(comments).toHaveLength(17);
  });

  it('cannot be made to write a second setting through help or values', () => {
    const own = { names: list({ env: 'NAMES', fallback: [], help: 'One\nevil = true' }) };
    const rendered = renderConfigToml(own, { names: ["'\nevil = true\n'", '\ud800'] });
    expect(Object.keys(parse(rendered))).toEqual(['names']);
  });

  it('is read back by readConfigFile', async () => {
    const path = join(await tempDir(), 'config.toml');
    const values = { ...valuesOf({ COSMOVISOR_TIMEFORMAT_LOGS: '' }), daemonHome: "/it's here" };
    await writeFile(path, renderConfigToml(table, values));
    const result = readSettings(table, { env: {}, file: await readConfigFile(path) });
    expect(result.values).toEqual(values);
    expect(result.warnings).toEqual([]);
  });

  it('is read back to the same values, whatever they are', () => {
    const milliseconds = fc.integer({ min: 1_000_000, max: (2 ** 31 - 1) * 1000 }).map((n) => n / 1000);
    const word = fc.string({ unit: 'grapheme', minLength: 1 }).map((value) => `x${value.replace(/[\p{Cc}$/]/gu, '')}x`);
    const values = fc.record({
      daemonHome: word.map((value) => `/${value}`),
      daemonName: word,
      allowDownloadBinaries: fc.boolean(),
      downloadMustHaveChecksum: fc.boolean(),
      restartAfterUpgrade: fc.boolean(),
      restartDelay: fc.oneof(fc.constant(0), milliseconds),
      shutdownGrace: milliseconds,
      pollInterval: milliseconds,
      skipBackup: fc.boolean(),
      dataBackupDir: fc.option(
        word.map((value) => `/${value}`),
        { nil: undefined },
      ),
      preupgradeMaxRetries: fc.nat(),
      grpcAddress: word,
      logBufferSize: fc.constant(undefined),
      disableLogs: fc.boolean(),
      colorLogs: fc.boolean(),
      timeFormat: fc.constantFrom(...timeFormats, '' as const),
      customPreupgrade: fc.option(word, { nil: undefined }),
      disableRecase: fc.boolean(),
    });
    fc.assert(
      fc.property(values, (given) => {
        const entries = parse(renderConfigToml(table, given), { integersAsBigInt: true });
        const result = readSettings(table, { env: {}, file: fileOf(entries) });
        expect(result).toMatchObject({ values: given, warnings: [] });
      }),
    );
  });
});
