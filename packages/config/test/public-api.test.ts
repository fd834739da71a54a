import { expect, it } from 'vitest';
import * as api from '../src/index.js';
import type {
  BoolOptions,
  ChoiceOptions,
  ConfigErrorCode,
  ConfigFile,
  DurationOptions,
  IntegerOptions,
  ListOptions,
  Problem,
  Setting,
  SettingsInput,
  SettingsResult,
  SettingsTable,
  Source,
  TextOptions,
  ValuesOf,
} from '../src/index.js';

/** Fails to compile when a type is no longer exported. */
export type Types = [
  BoolOptions,
  ChoiceOptions<['a'], false>,
  ConfigErrorCode,
  ConfigFile,
  DurationOptions<number, false>,
  IntegerOptions<number, false>,
  ListOptions,
  Problem,
  Setting<string>,
  SettingsInput,
  SettingsResult<SettingsTable>,
  SettingsTable,
  Source,
  TextOptions<string, false>,
  ValuesOf<SettingsTable>,
];

it('exports exactly these names', () => {
  expect(Object.keys(api).sort()).toEqual([
    'ConfigError',
    'bool',
    'choice',
    'cosmovisorSettings',
    'daemonSettings',
    'describeProblem',
    'describeSource',
    'duration',
    'formatDuration',
    'integer',
    'invalidValue',
    'list',
    'parseDuration',
    'path',
    'readConfigFile',
    'readSettings',
    'renderConfigToml',
    'text',
    'timeFormats',
  ]);
});

it('names its error on the prototype', () => {
  expect(Object.hasOwn(new api.ConfigError('CONFIG_INVALID', 'x'), 'name')).toBe(false);
  expect(new api.ConfigError('CONFIG_INVALID', 'x')).toMatchObject({ name: 'ConfigError', problems: [] });
});
