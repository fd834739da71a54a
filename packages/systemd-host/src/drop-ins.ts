import { join } from 'node:path';
import { dropInNames, parseUnitName } from './unit-name.js';
import { namesIn, type UnitPaths } from './unit-paths.js';

/**
 * The drop-ins of a unit in the order in which systemd reads them: by file name, wherever they lie; of files that are
 * called alike the first one found counts alone, by name of the unit, then directory, those of all services last.
 *
 * Throws HostError `SYSTEMD_HOST_READ_FAILED`.
 */
export function dropInsOf({ directories }: UnitPaths, unitNames: readonly string[]): readonly string[] {
  const [type = 'service'] = unitNames.map((name) => parseUnitName(name).type);
  const places = [
    ...unitNames.flatMap((unit) => {
      const names = dropInNames(parseUnitName(unit)).map((name) => `${name}.d`);
      return directories.flatMap((directory) => present(directory, names));
    }),
    ...directories.flatMap((directory) => present(directory, [`${type}.d`])),
  ];
  return merged(places);
}

/** The drop-ins beside a file: `x.service.d/*.conf`. Throws HostError `SYSTEMD_HOST_READ_FAILED`. */
export function dropInsBeside(file: string): readonly string[] {
  return merged([`${file}.d`]);
}

function present({ path, names }: UnitPaths['directories'][number], wanted: readonly string[]): readonly string[] {
  return wanted.filter((name) => names.has(name)).map((name) => join(path, name));
}

function merged(places: readonly string[]): readonly string[] {
  const chosen = new Map<string, string>();
  for (const place of places) {
    for (const name of namesIn(place) ?? []) {
      if (name.endsWith('.conf') && !name.startsWith('.') && !chosen.has(name)) chosen.set(name, join(place, name));
    }
  }
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
}
