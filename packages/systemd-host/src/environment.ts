import { environmentOf, type Unit, type UnitEnvironment } from '@chainvisor/systemd';
import { globSync } from 'node:fs';
import { errno, HostError, isAbsent } from './errors.js';
import { readText } from './read-text.js';
import { specifiersOf } from './specifiers.js';
import { below } from './unit-paths.js';

/** The environment of a service, as far as this user may read what makes it. */
export interface ServiceEnvironment extends UnitEnvironment {
  /** Environment files that this user may not read: systemd reads them as root. */
  readonly unreadable: readonly string[];
}

/**
 * The environment of a service as systemd makes it, from the unit's settings and the files that they name.
 *
 * Throws HostError `SYSTEMD_HOST_READ_FAILED` for a file that is there and cannot be read, other than for its rights.
 */
export function readEnvironment(
  unit: Unit,
  service: { readonly name: string; readonly path: string; readonly root: string | undefined },
): ServiceEnvironment {
  const unreadable: string[] = [];
  const read = (path: string) => readFiles(below(service.root, path), unreadable);
  return { ...environmentOf(unit, read, specifiersOf(service.name, service.path)), unreadable };
}

/** One file, or all that a pattern names, in the order of their names; undefined where there is none. */
function readFiles(pattern: string, unreadable: string[]): string | undefined {
  const paths = /[*?[]/.test(pattern) ? globSync(pattern).sort() : [pattern];
  const texts = paths.flatMap((path) => {
    try {
      return [readText(path)];
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (isAbsent(error.cause)) return [];
      if (errno(error.cause) !== 'EACCES') throw error;
      unreadable.push(path);
      return [''];
    }
  });
  return texts.length === 0 ? undefined : texts.join('\n');
}
