import { readlinkSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { errno, HostError, isAbsent, readFailed } from './errors.js';
import { parseUnitName, templateOf } from './unit-name.js';
import { below, type UnitPaths } from './unit-paths.js';

/** The file of a unit. */
export interface FoundUnit {
  /** The name that counts, that of the file where the one asked for is an alias; with the instance of the one asked for. */
  readonly name: string;
  /** All names by which drop-ins are looked for, that one first. */
  readonly names: readonly string[];
  readonly path: string;
}

/** More links in a row are a ring. */
const MOST_LINKS = 16;

/**
 * Finds the file of a unit as systemd does: the first directory that has the name, then, for an instance, its template;
 * links within these directories are aliases. undefined where there is none.
 *
 * @throws HostError `SYSTEMD_HOST_UNIT_MASKED`, `SYSTEMD_HOST_NAME_INVALID`, `SYSTEMD_HOST_READ_FAILED`
 */
export function findUnit(paths: UnitPaths, asked: string): FoundUnit | undefined {
  const names = [parseUnitName(asked).name];
  for (let links = 0; links < MOST_LINKS; links++) {
    const [name = asked] = names;
    const path = placeOf(paths, name);
    if (path === undefined) return undefined;
    const target = linkTarget(paths, path);
    if (target === undefined || target.outside) {
      const file = target?.path ?? path;
      const size = sizeOf(file);
      if (size === undefined) return undefined;
      if (size === 0) throw masked(name, path);
      return { name, names: [...names, ...aliasesOf(paths, name, names)], path: file };
    }
    names.unshift(withInstance(target.path, name));
  }
  return undefined;
}

function placeOf({ directories }: UnitPaths, name: string): string | undefined {
  for (const each of [name, templateOf(parseUnitName(name))]) {
    const place = each === undefined ? undefined : directories.find(({ names }) => names.has(each));
    if (place !== undefined && each !== undefined) return join(place.path, each);
  }
  return undefined;
}

/** Where a link leads: to a name in the directories of units, which makes it an alias, or to a file elsewhere. */
function linkTarget(
  { root, directories }: UnitPaths,
  path: string,
): { readonly path: string; readonly outside: boolean } | undefined {
  let link: string;
  try {
    link = readlinkSync(path);
  } catch (error) {
    if (errno(error) === 'EINVAL') return undefined;
    throw readFailed(`cannot read the link ${path}`, error);
  }
  const target = isAbsolute(link) ? below(root, link) : normalize(join(dirname(path), link));
  const outside = !directories.some((directory) => directory.path === dirname(target));
  // /dev/null is the machine's even where the link is an image's.
  return { path: link === '/dev/null' ? link : target, outside };
}

/** The name that an alias stands for: an instance of it, where the alias is one. */
function withInstance(target: string, alias: string): string {
  const { prefix, instance, type, name } = parseUnitName(basename(target));
  const wanted = parseUnitName(alias).instance;
  return instance === '' && wanted !== undefined ? `${prefix}@${wanted}.${type}` : name;
}

/** 0 for /dev/null as well; undefined for a link to nowhere. */
function sizeOf(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw readFailed(`cannot look at ${path}`, error);
  }
}

/** Other links to the same unit: their drop-ins count too. */
function aliasesOf(paths: UnitPaths, name: string, known: readonly string[]): readonly string[] {
  const template = templateOf(parseUnitName(name));
  const aliases = paths.directories.flatMap(({ path, names }) =>
    [...names].filter((each) => {
      if (!each.endsWith('.service') || each === name || each === template) return false;
      const target = linkTarget(paths, join(path, each));
      return target !== undefined && !target.outside && [name, template].includes(basename(target.path));
    }),
  );
  return [...new Set(aliases.map((each) => withInstance(each, name)))].filter((each) => !known.includes(each)).sort();
}

function masked(name: string, path: string): HostError {
  return new HostError('SYSTEMD_HOST_UNIT_MASKED', `${name} is masked: ${path} is empty or a link to /dev/null`, {
    hint: `systemctl unmask ${name}`,
  });
}
