import { createLayout } from '@chainvisor/layout';
import { hostPlatform } from '@chainvisor/staging';
import type { CommonFlags } from '../context.js';
import { printable } from '@chainvisor/report';
import { print, printJson } from '../output.js';
import { describeOrigin, loadSettings, type Settings } from '../settings/load.js';
import { shownAddress } from '../settings/shown.js';
import { addressSettings, settingsTable } from '../settings/table.js';

type Env = Readonly<Record<string, string | undefined>>;

/** `config`: every setting with its value and source, on stdout. Addresses are shown without what may be secret in them. */
export async function config(flags: CommonFlags, env: Env): Promise<void> {
  const settings = await loadSettings(flags, env);
  const { values, upgrades, file, warnings } = settings;
  const rows = rowsOf(settings);
  const layout = createLayout({ home: values.home, daemon: values.daemon, recase: !values.disableRecase });
  const derived = { config_file: file ?? null, upgrades: layout.upgrades, platform: hostPlatform() };
  const table = [...upgrades].map(([name, { url, checksum }]) => ({
    name,
    url: shownAddress(url),
    checksum: checksum === undefined ? null : shownAddress(checksum),
  }));
  if (flags.output === 'json') {
    const shown = rows.map(({ key, env: variable, value, source }) => [key, { value, variable, source }] as const);
    printJson({ settings: Object.fromEntries(shown), upgrades: table, derived, warnings });
    return;
  }
  const width = Math.min(Math.max(...rows.map(({ key, value }) => key.length + value.length)), 70) + 3;
  print(
    [
      'Settings:',
      ...rows.map(({ key, value, source }) => `  ${`${key} = ${value}`.padEnd(width)}  # ${describeOrigin(source)}`),
      ...table.flatMap(({ name, url, checksum }) => [
        `  [upgrades.${JSON.stringify(name)}]  # ${JSON.stringify(file ?? '')}`,
        `    url = ${url}`,
        ...(checksum === null ? [] : [`    checksum = ${checksum}`]),
      ]),
      '',
      'Derived:',
      `  config.toml: ${file ?? 'none'}`,
      `  upgrades: ${derived.upgrades}`,
      `  platform: ${derived.platform}`,
      ...(warnings.length === 0 ? [] : ['', 'Warnings:', ...warnings.map((warning) => `  ${warning}`)]),
    ]
      .map(printable)
      .join('\n'),
  );
}

interface Row {
  readonly key: string;
  readonly env: string;
  readonly value: string;
  readonly source: Settings['sources']['home'];
}

function rowsOf({ values, sources }: Settings): readonly Row[] {
  const names = Object.keys(settingsTable) as (keyof typeof settingsTable)[];
  return names.map((name) => {
    const { key, env, format } = settingsTable[name] as {
      key: string;
      env: string;
      format: (value: unknown) => string;
    };
    const value = values[name];
    const shown = (each: unknown): unknown =>
      typeof each === 'string' && addressSettings.includes(name) ? shownAddress(each) : each;
    return { key, env, value: format(Array.isArray(value) ? value.map(shown) : shown(value)), source: sources[name] };
  });
}
