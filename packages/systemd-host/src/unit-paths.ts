import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HostError, isAbsent, readFailed } from './errors.js';

/** The directories of the system's units, the one that wins first: systemd.unit(5), "System Unit Search Path". */
const directories = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
  '/run/systemd/generator.late',
];

/** The directories of units that are there, and what is in them. */
export interface UnitPaths {
  readonly root: string | undefined;
  readonly directories: readonly { readonly path: string; readonly names: ReadonlySet<string> }[];
}

/** A path of an image, or of this machine. */
export function below(root: string | undefined, path: string): string {
  return root === undefined ? path : join(root, path);
}

/**
 * The image that an operator named, by its whole path; undefined for this machine.
 *
 * Throws HostError `SYSTEMD_HOST_READ_FAILED` for what is no directory: an empty name would be this machine.
 */
export function imageRoot(root: string | undefined): string | undefined {
  if (root === undefined) return undefined;
  try {
    if (root !== '' && statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) return resolve(root);
  } catch (error) {
    throw readFailed(`cannot look at the image ${root}`, error);
  }
  throw new HostError('SYSTEMD_HOST_READ_FAILED', `the image ${JSON.stringify(root)} is no directory`, {
    hint: 'name the directory of the image by --root, or leave --root away for this machine',
  });
}

/** Lists the directories of units. Throws HostError `SYSTEMD_HOST_READ_FAILED`. */
export function listUnitPaths(root?: string): UnitPaths {
  const found = directories.flatMap((directory) => {
    const path = below(root, directory);
    const names = namesIn(path);
    return names === undefined ? [] : [{ path, real: realpathSync(path), names: new Set(names) }];
  });
  // /lib is a link to /usr on most systems.
  const distinct = found.filter(({ real }, index) => found.findIndex((other) => other.real === real) === index);
  return { root, directories: distinct.map(({ path, names }) => ({ path, names })) };
}

/** What is in a directory, in the order of the names; undefined where there is none. */
export function namesIn(path: string): readonly string[] | undefined {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw readFailed(`cannot list ${path}`, error);
  }
}
