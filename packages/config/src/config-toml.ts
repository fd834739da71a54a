import type { SettingsTable, ValuesOf } from './setting.js';

/**
 * The text of a config.toml with these values, in the order of the table, each under its help as a comment. What is
 * `undefined` is commented out, what has no effect is left out. With `{ ...daemonSettings, ...cosmovisorSettings }`
 * cosmovisor reads the file too; for one that it accepts with backups on, pass the home as `dataBackupDir`, since it
 * applies no default to a missing key. Durations are texts such as `'300ms'`: cosmovisor takes them beside integers, and
 * an integer of nanoseconds is what people get wrong.
 *
 * @throws ConfigError `VALUE_INVALID` for a duration that is not finite or beyond Go's range
 */
export function renderConfigToml<T extends SettingsTable>(table: T, values: ValuesOf<T>): string {
  const blocks = Object.entries(table).flatMap(([name, setting]) => {
    const value = values[name];
    if (setting.noEffect) return [];
    const line = value === undefined ? `# ${setting.key} =` : `${setting.key} = ${setting.toToml(value)}`;
    return [`# ${setting.help.replace(/\s+/g, ' ')}\n${line}\n`];
  });
  return blocks.join('\n');
}
