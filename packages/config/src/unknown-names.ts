import type { ConfigFile } from './config-file.js';
import { cosmovisorSettings } from './cosmovisor-settings.js';
import { daemonSettings } from './daemon-settings.js';
import { foreignKeys, foreignNames } from './foreign-names.js';
import { nearest } from './nearest.js';
import { quote, typeName } from './quote.js';
import type { SettingsTable } from './setting.js';

/** Known whatever the table: environment and file are shared by programs of which each reads a part. */
const shared = Object.values({ ...daemonSettings, ...cosmovisorSettings });

/** One line for each variable with one of the prefixes that nothing reads. Values are left out: they may be secrets. */
export function unknownVariables(
  table: SettingsTable,
  env: Readonly<Record<string, string | undefined>>,
  prefixes: readonly string[],
): readonly string[] {
  const known = namesOf(table, 'env');
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || known.includes(name)) continue;
    const explanation = foreignNames.get(name);
    if (explanation !== undefined) {
      warnings.push(`environment variable ${name} ${explanation}`);
    } else if (prefixes.some((prefix) => name.toUpperCase().startsWith(prefix))) {
      warnings.push(
        `environment variable ${printable(name)} is not known and changes nothing${suggestion(name, known)}`,
      );
    }
  }
  return warnings;
}

/** One line for each key of the file that nothing reads. */
export function unknownKeys(table: SettingsTable, file: ConfigFile): readonly string[] {
  const known = namesOf(table, 'key');
  const lowered = new Set(known.map((key) => key.toLowerCase()));
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(file.entries)) {
    if (lowered.has(key.toLowerCase())) continue;
    const place = `key ${printable(key)} in ${quote(file.path)}`;
    const explanation = foreignNames.get(key.toUpperCase()) ?? foreignKeys.get(key.toLowerCase());
    if (explanation !== undefined) warnings.push(`${place} ${explanation}`);
    else if (typeName(value) === 'a table') {
      warnings.push(`${place} is a table, which nothing reads: settings belong above the first [table] of the file`);
    } else warnings.push(`${place} is not known and changes nothing${suggestion(key, known)}`);
  }
  return warnings;
}

function namesOf(table: SettingsTable, field: 'env' | 'key'): readonly string[] {
  return [...new Set([...Object.values(table), ...shared].map((setting) => setting[field]))];
}

function suggestion(name: string, known: readonly string[]): string {
  // Names are compared letter by letter, so an absurdly long one is not compared at all.
  const near = name.length > 100 ? undefined : nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function printable(name: string): string {
  return /^[\w.-]{1,100}$/.test(name) ? name : quote(name);
}
