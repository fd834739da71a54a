import { join } from 'node:path';
import { commandLines } from './command-lines.js';
import { HostError } from './errors.js';
import { readByName, type ReadServiceOptions, type Service } from './read-service.js';
import { parseUnitName } from './unit-name.js';
import { listUnitPaths, namesIn, type UnitPaths } from './unit-paths.js';

export interface FindServicesOptions extends ReadServiceOptions {
  /** Whether a command line of `ExecStart=`, as it is written, is of interest. */
  readonly mentions: (exec: string) => boolean;
}

/** What was found. */
export interface FoundServices {
  /** In the order of their names. */
  readonly services: readonly Service[];
  /** Units that could not be read, with the reason: they may be of interest, too. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The services, and the instances of templates that are enabled or have drop-ins, whose `ExecStart=` is of interest. Masked
 * ones are left out.
 *
 * Throws HostError `SYSTEMD_HOST_READ_FAILED` where the directories of units cannot be listed.
 */
export function findServices({ root, mentions }: FindServicesOptions): FoundServices {
  const paths = listUnitPaths(root);
  const services = new Map<string, Service>();
  const unreadable: { name: string; reason: string }[] = [];
  for (const name of namesOf(paths)) {
    try {
      const service = readByName(paths, name);
      // An alias leads to one that is known.
      if (service !== undefined && commandLines(service.unit).some(mentions)) services.set(service.name, service);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === 'SYSTEMD_HOST_READ_FAILED') unreadable.push({ name, reason: error.message });
    }
  }
  return { services: [...services.values()], unreadable };
}

function namesOf({ directories }: UnitPaths): readonly string[] {
  const names = directories.flatMap((directory) =>
    [...directory.names].flatMap((name) => {
      if (name.endsWith('.service')) return [name];
      if (name.endsWith('.service.d')) return instances([name.slice(0, -'.d'.length)]);
      return /\.(?:wants|requires)$/.test(name) ? instances(namesIn(join(directory.path, name)) ?? []) : [];
    }),
  );
  return [...new Set(names)].filter((name) => isConcrete(name)).sort();
}

/** Of what may be names of units, those that have a template. */
function instances(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith('.service') && name.includes('@'));
}

/** Whether a unit of this name can be started: a template cannot. */
function isConcrete(name: string): boolean {
  try {
    return parseUnitName(name).instance !== '';
  } catch {
    return false;
  }
}
