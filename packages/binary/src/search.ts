import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { ElfFacts } from './inspect.js';
import { type LoaderCache, readLoaderCache } from './loader-cache.js';

/** A file that is part of the process to be. */
export interface Loaded {
  readonly path: string;
  readonly facts: ElfFacts;
  /** Who needs it; undefined for the program itself. */
  readonly parent: Loaded | undefined;
}

/** Where this machine's loader looks, beyond what the files themselves say. */
export interface SearchPath {
  /** The program's `lib/`, then the rest of LD_LIBRARY_PATH. */
  readonly libraryPath: readonly string[];
  readonly cache: LoaderCache;
  readonly defaults: readonly string[];
  readonly musl: boolean;
}

const CACHE = '/etc/ld.so.cache';
const MUSL_DEFAULTS = ['/lib', '/usr/local/lib', '/usr/lib'];

/**
 * Where the loader that starts this program looks. glibc's default directories are compiled into it and differ between
 * distributions; they are those that it and its C library lie in, with and without `/usr`, and on multiarch systems
 * `/lib` and `/usr/lib` as well.
 */
export async function createSearchPath(program: ElfFacts, libraryPath: readonly string[]): Promise<SearchPath> {
  // A relative entry depends on the working directory of whoever starts the program: not known here.
  const usable = libraryPath.filter((entry) => isAbsolute(entry));
  const musl = program.libc === 'musl';
  if (musl) return { libraryPath: usable, cache: new Map(), defaults: MUSL_DEFAULTS, musl };
  const cache = await readLoaderCache(CACHE);
  const homes = new Set<string>();
  for (const path of [program.interpreter, ...(cache.get('libc.so.6') ?? [])]) {
    if (path === undefined || !isAbsolute(path)) continue;
    homes.add(dirname(await realpath(path).catch(() => path)));
  }
  const defaults = [...homes].flatMap((home) => {
    const bare = home.replace(/^\/usr(?=\/)/, '');
    const both = [bare, `/usr${bare}`];
    return /^\/lib\/[^/]+-linux-/.test(bare) ? [...both, '/lib', '/usr/lib'] : both;
  });
  return { libraryPath: usable, cache, defaults: [...new Set(defaults)], musl };
}

/** The paths that the loader tries for a library, in its order (ld.so(8), "When resolving shared object dependencies"). */
export function* candidates(name: string, by: Loaded, search: SearchPath): Generator<string> {
  if (name.includes('/')) {
    for (const path of expand(name, by)) if (isAbsolute(path)) yield path;
    return;
  }
  const { facts } = by;
  const own = facts.runpath.flatMap((entry) => expand(entry, by));
  const inherited = inheritedPath(by, search.musl);
  // An RPATH comes first, and counts only where the file has no RUNPATH; musl takes both for the same, after LD_LIBRARY_PATH.
  const said = search.musl
    ? [...search.libraryPath, ...own, ...inherited]
    : facts.runpath.length > 0
      ? [...search.libraryPath, ...own]
      : [...inherited, ...search.libraryPath];
  for (const directory of said) if (isAbsolute(directory)) yield join(directory, name);
  if (facts.noDefaultLibraries) return;
  yield* search.cache.get(name) ?? [];
  for (const directory of search.defaults) yield join(directory, name);
}

/** RPATH of the file and of those that brought it in; glibc passes over those that have a RUNPATH. */
function inheritedPath(by: Loaded, musl: boolean): readonly string[] {
  const entries: string[] = [];
  for (let at: Loaded | undefined = by; at !== undefined; at = at.parent) {
    const file: Loaded = at;
    const own = musl && file !== by ? [...file.facts.runpath, ...file.facts.rpath] : file.facts.rpath;
    if (musl || file.facts.runpath.length === 0) entries.push(...own.flatMap((entry) => expand(entry, file)));
  }
  return entries;
}

/** Replaces `$ORIGIN` and its like; `$LIB` is one of several names, depending on the distribution. */
function expand(text: string, by: Loaded): readonly string[] {
  if (!text.includes('$')) return [text];
  const origin = text
    .replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, () => dirname(by.path))
    .replace(/\$(?:PLATFORM\b|\{PLATFORM\})/g, () => PLATFORMS[by.facts.machine] ?? by.facts.machine);
  const lib = /\$(?:LIB\b|\{LIB\})/g;
  if (!lib.test(origin)) return [origin];
  const triple = `lib/${PLATFORMS[by.facts.machine] ?? by.facts.machine}-linux-gnu`;
  return [triple, 'lib64', 'lib'].map((directory) => origin.replace(lib, () => directory));
}

const PLATFORMS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Whether the loader itself is this library: musl's is its libc, and no loader is searched for under its own name. */
export function isLoader(name: string, program: ElfFacts): boolean {
  if (program.interpreter !== undefined && name === basename(program.interpreter)) return true;
  return program.libc === 'musl' && /^libc\.(?:so|musl-[^/]+\.so\.1)$/.test(name);
}
