import { readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

/** As many as Linux follows. */
const mostLinks = 40;

/**
 * Where an absolute path leads, and where each link lies that is passed on the way: without any of these it leads there no
 * more. No directory in what is returned is a link. Never rejects: what is not there is where it would be.
 */
export async function placesOnTheWay(path: string): Promise<readonly string[]> {
  const links: string[] = [];
  let [at, rest] = ['/', segmentsOf(path)];
  for (let [next] = rest; next !== undefined; [next] = rest) {
    rest = rest.slice(1);
    const here = next === '..' ? dirname(at) : join(at, next);
    const target = next === '..' ? undefined : await readlink(here).catch(() => undefined);
    if (target === undefined) {
      at = here;
      continue;
    }
    if (links.push(here) > mostLinks) return links;
    if (isAbsolute(target)) at = '/';
    rest = [...segmentsOf(target), ...rest];
  }
  return [...links, at];
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}
