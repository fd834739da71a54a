import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAbsent, readFailed } from './errors.js';

/** A path with its links followed, and the file system that it is on. */
interface Place {
  readonly path: string;
  /** The topmost directory above it, or itself, that is on the same file system. */
  readonly top: string;
}

/**
 * What `ReadWritePaths=` should name so that all these absolute paths can be written to. Those of `together` become one
 * directory for each file system, the nearest one above all that lie there: systemd makes each path that is named a mount
 * of its own, and link(2) between two mounts fails even on one file system, so that hard-linked backups would silently
 * become copies. Those `apart`, between which nothing is linked or renamed, are named as they are.
 *
 * undefined where that directory would be `/`. A path that is not there counts to the file system of the nearest directory
 * above it. Throws HostError `SYSTEMD_HOST_READ_FAILED`.
 */
export function writablePaths(
  together: readonly string[],
  apart: readonly string[] = [],
): readonly string[] | undefined {
  const byTop = new Map<string, string>();
  for (const { path, top } of together.map(placeOf)) {
    const known = byTop.get(top);
    byTop.set(top, known === undefined ? path : commonAncestor(known, path));
  }
  const named = [...new Set([...byTop.values(), ...apart.map(resolved)])].sort();
  if (named.includes('/')) return undefined;
  // What lies, or is mounted, below a writable directory is writable with it.
  return named.filter((path) => !named.some((other) => other !== path && isBelow(path, other)));
}

/** The nearest directory that holds both, or is one of them. */
function commonAncestor(a: string, b: string): string {
  const [left, right] = [a.split('/'), b.split('/')];
  const differ = left.findIndex((part, index) => part !== right[index]);
  return (differ < 0 ? left : left.slice(0, differ)).join('/') || '/';
}

/** Whether a path lies below a directory, or is it. */
export function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function placeOf(path: string): Place {
  const real = resolved(path);
  let existing = real;
  while (deviceOf(existing) === undefined) existing = dirname(existing);
  const device = deviceOf(existing);
  let top = existing;
  while (top !== '/' && deviceOf(dirname(top)) === device) top = dirname(top);
  return { path: real, top };
}

/** Links followed as far as something is there. */
function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isAbsent(error) && path !== '/') return join(resolved(dirname(path)), basename(path));
    throw readFailed(`cannot follow ${path}`, error);
  }
}

function deviceOf(path: string): number | undefined {
  try {
    return statSync(path).dev;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw readFailed(`cannot look at ${path}`, error);
  }
}
