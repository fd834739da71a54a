import { errno, reasonOf } from '@chainvisor/report';
import type { Layout } from '@chainvisor/layout';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, relative, sep } from 'node:path';
import { StagerError } from './errors.js';

/** What to do about a path under the home that this user may not read or change. */
export function accessHint(layout: Layout, path: string): string {
  const me = process.geteuid?.();
  if (me === 0) return `see why root may not: its attributes (lsattr), or a file system that heeds no root`;
  // Whom root becomes, too.
  const owner = [layout.home, layout.root].map(ownerOf).find((uid) => uid !== undefined && uid !== 0) ?? 0;
  if (owner === me)
    return `give it to the user who owns the home: chown -R ${nameOfUser()} ${firstOfAnother(layout, path)}`;
  const orRoot = owner === 0 ? '' : ', or as root, who becomes that user';
  return `run this as the user who owns the home ${layout.home} (uid ${owner})${orRoot}`;
}

/** Does some work under the home. Throws what that throws, and StagerError `disk`, with the mend, where rights are what is missing. */
export async function tellingMend<T>(layout: Layout, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const path = refusedPath(layout, error);
    if (path === undefined || error instanceof StagerError) throw error;
    throw new StagerError('disk', reasonOf(error), { hint: accessHint(layout, path), cause: error });
  }
}

/** The path under `cosmovisor/` that the system refused for want of rights; undefined for any other error. */
function refusedPath(layout: Layout, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (errno(error) !== 'EACCES' && errno(error) !== 'EPERM') return refusedPath(layout, error.cause);
  const { path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const paths = [dest, path].filter((each) => each?.startsWith(layout.root + sep) === true);
  return paths.find((each) => each !== undefined && firstOfAnother(layout, each) !== each) ?? paths[0];
}

/** The outermost of `cosmovisor/` and what is in it on the way to a path that is another user's; else the path itself. */
function firstOfAnother(layout: Layout, path: string): string {
  const me = process.geteuid?.();
  let at = layout.root;
  for (const segment of ['', ...relative(layout.root, path).split(sep)]) {
    at = join(at, segment);
    const owner = ownerOf(at);
    if (owner !== undefined && owner !== me) return at;
  }
  return path;
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** Its name, or its number where it has none, as in a container. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.());
  }
}
