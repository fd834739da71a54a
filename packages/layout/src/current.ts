import type { Plan } from '@chainvisor/plan';
import type { Stats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { errno, readFailed } from './errors.js';
import { isAbsent } from './files.js';
import type { Layout } from './layout.js';
import { readRecord } from './record.js';

/** What `current` is, whoever made it. */
export type Current =
  | { readonly state: 'absent' }
  /** What the link names is gone, is no directory, or is the link itself. `target` is the link's own text. */
  | { readonly state: 'dangling'; readonly target: string }
  /** A file or directory that bears the name: never replaced. `kind` is for people. */
  | { readonly state: 'not-a-link'; readonly kind: string }
  | {
      readonly state: 'linked';
      /** `genesis` or `upgrades/<directory>`, however the link is written; the real path where it leads elsewhere. */
      readonly target: string;
      /** The absolute directory to run from. */
      readonly dir: string;
      /** What `upgrade-info.json` in that directory says; undefined when absent, or not understood. */
      readonly plan: Plan | undefined;
      readonly planProblem: Error | undefined;
    };

/**
 * Reads the link `current`: relative as cosmovisor 1.7 and we write it, absolute as older ones did, or by way of a link
 * elsewhere. Whether the binary in there can run is for `checkExecutable` to say.
 *
 * Throws LayoutError `LAYOUT_READ_FAILED` when the system refuses an answer.
 */
export async function readCurrent(layout: Layout): Promise<Current> {
  try {
    const found = await statOrAbsent(() => lstat(layout.current));
    if (found === undefined) return { state: 'absent' };
    if (!found.isSymbolicLink()) return { state: 'not-a-link', kind: kindOf(found) };
    return await follow(layout, await readlink(layout.current));
  } catch (error) {
    // Replaced between two of the calls above, by another supervisor's switch: the link was there all the time.
    if (errno(error) === 'EINVAL') return readCurrent(layout);
    throw readFailed(`cannot read ${layout.current}`, error);
  }
}

async function follow(layout: Layout, text: string): Promise<Current> {
  // Joined without tidying: where a link precedes a `..`, the kernel's reading counts.
  const pointed = isAbsolute(text) ? text : `${layout.root}/${text}`;
  const there = await statOrAbsent(() => stat(pointed));
  if (there?.isDirectory() !== true) return { state: 'dangling', target: text };
  const target = await nameOf(layout, pointed, /(?:^|\/)\.\.(?:\/|$)/.test(text));
  const dir = isAbsolute(target) ? target : join(layout.root, target);
  return { state: 'linked', target, dir, ...(await readRecord(dir)) };
}

/** The directory's name inside the root. By its parent first, because an upgrade's directory may itself be a link. */
async function nameOf(layout: Layout, pointed: string, climbs: boolean): Promise<string> {
  const [root, upgrades, parent, real] = await Promise.all([
    realpath(layout.root),
    realpath(layout.upgrades).catch(() => undefined),
    realpath(dirname(resolve(pointed))).catch(() => undefined),
    realpath(pointed),
  ]);
  const name = basename(resolve(pointed));
  if (!climbs && parent !== undefined && parent === upgrades) return join('upgrades', name);
  if (!climbs && parent === root && name === 'genesis') return 'genesis';
  const inside = relative(root, real);
  return /^(?:genesis|upgrades\/[^/]+)$/.test(inside) ? inside : real;
}

async function statOrAbsent(look: () => Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isAbsent(error) || errno(error) === 'ELOOP' || errno(error) === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'directory';
  return found.isFile() ? 'file' : 'special file';
}
