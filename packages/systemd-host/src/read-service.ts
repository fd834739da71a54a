import { mergeUnits, parseUnit, type Unit } from '@chainvisor/systemd';
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { dropInsBeside, dropInsOf } from './drop-ins.js';
import { readEnvironment, type ServiceEnvironment } from './environment.js';
import { HostError } from './errors.js';
import { findUnit } from './find-unit.js';
import { readText } from './read-text.js';
import { parseUnitName } from './unit-name.js';
import { listUnitPaths, type UnitPaths } from './unit-paths.js';

/** A file of a unit. */
export interface UnitFile {
  readonly path: string;
  readonly text: string;
}

/** A service as systemd reads it. */
export interface Service {
  /** Such as `palomad.service`: the file's where it was found by an alias, `unit.service` for a file that is called otherwise. */
  readonly name: string;
  /** The unit's own file, then its drop-ins in their order. */
  readonly files: readonly [UnitFile, ...UnitFile[]];
  /** All of them together; each entry names its file. */
  readonly unit: Unit;
  readonly environment: ServiceEnvironment;
}

/** A file that is not called as units are: a draft, or a copy. */
const NAMELESS = 'unit.service';

export interface ReadServiceOptions {
  /** An image whose units are meant, instead of this machine's. */
  readonly root?: string | undefined;
}

/**
 * Reads a service with its drop-ins and environment files: by name as systemd finds it, or, where what is given has a slash
 * or is a file here called `….service`, that file with the drop-ins beside it.
 *
 * @throws HostError `SYSTEMD_HOST_UNIT_MISSING`, `SYSTEMD_HOST_UNIT_MASKED`, `SYSTEMD_HOST_NAME_INVALID`,
 *   `SYSTEMD_HOST_READ_FAILED`
 */
export function readService(nameOrPath: string, { root }: ReadServiceOptions = {}): Service {
  if (isFile(nameOrPath)) return readFile(resolve(nameOrPath), root);
  const paths = listUnitPaths(root);
  const service = readByName(paths, nameOrPath);
  if (service !== undefined) return service;
  throw new HostError('SYSTEMD_HOST_UNIT_MISSING', `there is no unit ${JSON.stringify(nameOrPath)}`, {
    hint: `it was looked for in ${paths.directories.map(({ path }) => path).join(', ') || 'no directory: none is there'}; name one of them, or a file`,
  });
}

/** As `readService`, from directories that were listed before; undefined for one that is not there. */
export function readByName(paths: UnitPaths, asked: string): Service | undefined {
  const found = findUnit(paths, asked);
  if (found === undefined) return undefined;
  return load(found.name, found.path, dropInsOf(paths, found.names), paths.root);
}

/**
 * A service of these texts, its environment files read: what a unit would be once it is changed.
 *
 * Throws HostError `SYSTEMD_HOST_READ_FAILED`.
 */
export function serviceOf(name: string, files: Service['files'], { root }: ReadServiceOptions = {}): Service {
  const unit = mergeUnits(files.map(({ path, text }) => parseUnit(text, path)));
  return { name, files, unit, environment: readEnvironment(unit, { name, path: files[0].path, root }) };
}

function readFile(path: string, root: string | undefined): Service {
  return load(isUnitName(basename(path)) ? basename(path) : NAMELESS, path, dropInsBeside(path), root);
}

function load(name: string, path: string, dropIns: readonly string[], root: string | undefined): Service {
  const read = (each: string): UnitFile => ({ path: each, text: readText(each) });
  return serviceOf(name, [read(path), ...dropIns.map(read)], { root });
}

function isUnitName(text: string): boolean {
  try {
    return parseUnitName(text).name === text;
  } catch {
    return false;
  }
}

function isFile(text: string): boolean {
  if (text.includes('/')) return true;
  return text.endsWith('.service') && statSync(text, { throwIfNoEntry: false })?.isFile() === true;
}
