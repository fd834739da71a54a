import { realpath } from 'node:fs/promises';
import { errno } from './errno.js';
import type { ElfFacts } from './inspect.js';
import { inspectBinary } from './inspect.js';
import { candidates, isLoader, type Loaded, type SearchPath } from './search.js';

/** What loading a program would come to. */
export interface Loading {
  /** The program first, then its libraries in the loader's order. */
  readonly files: readonly Loaded[];
  /** By each name that it is needed under. */
  readonly byName: ReadonlyMap<string, Loaded>;
  readonly missing: readonly Missing[];
  /** Too many libraries or places to look at: what is not in the lists is unknown. */
  readonly cutShort: boolean;
}

export interface Missing {
  readonly name: string;
  readonly by: Loaded;
  /** Files of that name that the loader passes over, or fails at, and why. */
  readonly unusable: { readonly path: string; readonly detail: string } | undefined;
}

/** A node needs about five libraries, a desktop program two hundred. */
const MOST_FILES = 512;
const MOST_LOOKS = 20_000;

/** Finds the libraries of a program, theirs, and so on, breadth first and each name once, as the loader does. Loads nothing. */
export async function load(path: string, facts: ElfFacts, search: SearchPath): Promise<Loading> {
  const program: Loaded = { path: await realpath(path), facts, parent: undefined };
  const files: Loaded[] = [program];
  const byName = new Map<string, Loaded>();
  const missing = new Map<string, Missing>();
  const looks = { left: MOST_LOOKS };
  // It grows while it is walked.
  for (const by of files) {
    for (const name of by.facts.needed) {
      if (byName.has(name) || missing.has(name) || isLoader(name, facts)) continue;
      if (files.length >= MOST_FILES || looks.left <= 0) {
        return { files, byName, missing: [...missing.values()], cutShort: true };
      }
      const found = await find(name, by, search, looks);
      if (!('facts' in found)) {
        missing.set(name, found);
        continue;
      }
      byName.set(name, found);
      if (found.facts.soname !== undefined && !byName.has(found.facts.soname)) byName.set(found.facts.soname, found);
      files.push(found);
    }
  }
  return { files, byName, missing: [...missing.values()], cutShort: looks.left <= 0 };
}

/** The first file that the loader takes. One of another machine is passed over; one that is broken ends the search. */
async function find(name: string, by: Loaded, search: SearchPath, looks: { left: number }): Promise<Loaded | Missing> {
  let unusable: Missing['unusable'];
  for (const path of candidates(name, by, search)) {
    if (looks.left-- <= 0) break;
    const seen = await look(path);
    if (seen === undefined) continue;
    if (typeof seen !== 'string') return { path, facts: seen, parent: by };
    unusable ??= { path, detail: seen };
    if (seen !== FOREIGN && !seen.startsWith(UNREADABLE)) break;
  }
  return { name, by, unusable };
}

const FOREIGN = 'it is for another platform';
const UNREADABLE = 'it cannot be read';

/** Undefined when nothing is there. */
async function look(path: string): Promise<ElfFacts | string | undefined> {
  try {
    const facts = await inspectBinary(path);
    if (facts.format !== 'elf') return 'it is no ELF file';
    if (!facts.native) return FOREIGN;
    if (facts.kind === 'other') return 'it is no shared library';
    return facts.damage.length > 0 ? `it is damaged: ${facts.damage.join('; ')}` : facts;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = errno(cause);
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : `${UNREADABLE} (${code ?? 'no regular file'})`;
  }
}
