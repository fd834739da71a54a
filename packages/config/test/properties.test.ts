import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, describeProblem, readSettings, type SettingsTable } from '../src/index.js';
import { fileOf, table } from './support.js';

interface Samples {
  readonly text: string;
  readonly badText: string;
  readonly value: unknown;
  readonly badValue: unknown;
}

/** One good and one bad spelling for each setting that can be wrong. */
function samplesOf(env: string): Samples {
  if (env === 'DAEMON_HOME' || env === 'DAEMON_DATA_BACKUP_DIR') {
    return { text: '/a', badText: 'a', value: '/b', badValue: 'b' };
  }
  if (env === 'DAEMON_PREUPGRADE_MAX_RETRIES') return { text: '1', badText: 'x', value: 1n, badValue: -1n };
  if (/DELAY|GRACE|INTERVAL/.test(env)) return { text: '1s', badText: '1', value: 5_000_000n, badValue: 5n };
  if (env === 'COSMOVISOR_TIMEFORMAT_LOGS') return { text: 'rfc3339', badText: 'UTC', value: 'kitchen', badValue: 1n };
  if (/NAME|ADDRESS|CUSTOM/.test(env)) return { text: 'a', badText: 'a\n', value: 'b', badValue: true };
  return { text: 'true', badText: '1', value: false, badValue: 'no' };
}

const settings = Object.values(table as SettingsTable).filter((setting) => !setting.noEffect);
type Spelling = 'absent' | 'empty' | 'good' | 'bad';
const inEnvironment = fc.constantFrom<Spelling[]>('absent', 'empty', 'good', 'bad');
const inFile = fc.constantFrom<Spelling[]>('absent', 'good', 'bad');

describe('readSettings', () => {
  it('reports every unusable setting exactly once, and nothing else', () => {
    const spellings = fc.array(fc.tuple(inEnvironment, inFile), {
      minLength: settings.length,
      maxLength: settings.length,
    });
    fc.assert(
      fc.property(spellings, (chosen) => {
        const env: Record<string, string> = {};
        const entries: Record<string, unknown> = {};
        const expected = settings.filter((setting, index) => {
          const [environment, file] = chosen[index] ?? ['absent', 'absent'];
          const { text, badText, value, badValue } = samplesOf(setting.env);
          if (environment !== 'absent') env[setting.env] = { empty: '', good: text, bad: badText }[environment];
          if (file !== 'absent') entries[setting.key] = file === 'bad' ? badValue : value;
          if (environment === 'bad') return true;
          if (environment === 'good' || (environment === 'empty' && setting.emptyIsValue)) return false;
          return file === 'bad' || (file === 'absent' && setting.required);
        });
        let problems: ConfigError['problems'] = [];
        try {
          readSettings(table, { env, file: fileOf(entries) });
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          problems = error.problems;
        }
        expect(problems.map((problem) => problem.setting)).toEqual(expected.map((setting) => setting.env));
      }),
      { numRuns: 500 },
    );
  });

  it('throws nothing but a ConfigError with complete one-line problems, whatever it is given', () => {
    const names = fc.constantFrom(...settings.map((setting) => setting.env), 'DAEMON_LOG_BUFFER_SIZE', 'DAEMON_X');
    const keys = fc.oneof(
      names.map((name) => name.toLowerCase()),
      fc.string(),
    );
    const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('0', '-1', '1s', 'true', '/x'));
    const env = fc.dictionary(fc.oneof(names, fc.string()), texts);
    const entries = fc.dictionary(keys, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }));
    fc.assert(
      fc.property(env, entries, (variables, content) => {
        try {
          const result = readSettings(table, { env: variables, file: fileOf(content), envPrefixes: ['DAEMON_'] });
          for (const warning of result.warnings) expect(warning).not.toMatch(/\p{Cc}/u);
          expect(result.values.daemonHome).toMatch(/^\//);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(error.code).toBe('CONFIG_INVALID');
          expect(error.problems).not.toHaveLength(0);
          for (const problem of error.problems) {
            expect([problem.reason, problem.fix]).not.toContain('');
            expect(describeProblem(problem)).not.toMatch(/\p{Cc}/u);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
