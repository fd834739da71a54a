import { describeSource } from '@chainvisor/config';
import { binaryIn } from '@chainvisor/layout';
import { CliError } from '../errors.js';
import { layoutOf } from '../layout-of.js';
import { print } from '../output.js';
import { loadSettings, settingsTable } from '../settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/** `config`: every setting with its value and source, and the paths that follow from them, on stdout. */
export async function config(env: Env, configPath: string | undefined, output: string): Promise<void> {
  const { values, sources, warnings } = await loadSettings(env, configPath);
  const names = Object.keys(settingsTable) as (keyof typeof settingsTable)[];
  const rows = names.map((name) => {
    const setting = settingsTable[name] as { env: string; format(value: unknown): string };
    return { name: setting.env, value: setting.format(values[name]), source: sources[name] };
  });
  const layout = layoutOf(values);
  const derived = {
    'Root Dir': layout.root,
    'Upgrade Dir': layout.upgrades,
    'Genesis Bin': binaryIn(layout, layout.genesis),
    'Monitored File': layout.upgradeInfo,
    'Data Backup Dir': values.dataBackupDir ?? layout.home,
  };
  if (checkOutput(output) === 'json') {
    const settings = Object.fromEntries(rows.map(({ name, value, source }) => [name, { value, source }]));
    print(JSON.stringify({ settings, derived, warnings }, undefined, 2));
    return;
  }
  const width = Math.max(...rows.map(({ name, value }) => name.length + value.length));
  const lines = rows.map(
    ({ name, value, source }) =>
      `  ${`${name}: ${value}`.padEnd(Math.min(width, 78) + 2)}  # ${describeSource(source)}`,
  );
  const labels = Math.max(...Object.keys(derived).map((label) => label.length));
  const paths = Object.entries(derived).map(([label, path]) => `${label.padStart(labels + 2)}: ${path}`);
  const told = warnings.length === 0 ? [] : ['', 'Warnings:', ...warnings.map((warning) => `  ${warning}`)];
  print(['Configurable Values:', ...lines, '', 'Derived Values:', ...paths, ...told].join('\n'));
}

/** `text` or `json`. Throws CliError `usage` for anything else. */
export function checkOutput(output: string): 'text' | 'json' {
  if (output === 'text' || output === 'json') return output;
  throw new CliError('usage', `--output "${output}" is neither text nor json`, { hint: 'leave it out for text' });
}
