import { FetcherError } from '../errors.js';
import type { Contents, Member } from './contents.js';
import { directoryOf, nameIn } from './paths.js';
import { isLibraryName } from './program.js';
import { listed, quoted } from './refuse.js';

/** What is taken from an archive. */
export interface Choice {
  readonly binary: Stored;
  /** Their names, without directories. */
  readonly libraries: ReadonlyMap<string, Stored>;
  /** Paths of other files that could be run. */
  readonly others: readonly string[];
}

interface Stored {
  /** In the archive. */
  readonly path: string;
  /** On disk. */
  readonly stored: string;
}

/** A program under one of its names. */
interface Named {
  readonly path: string;
  readonly file: Stored;
}

/**
 * The binary is what is named after the daemon and runs, in the root or one directory down (`bin/`, `build/`), counted
 * from the one directory that may wrap everything; else the only ELF file; else the only one named `<daemon>-…`. The
 * libraries are those beside it, and in `lib/` beside its `bin/`. Links count as what they lead to.
 *
 * Throws FetcherError `FETCHER_BINARY_ABSENT`, `FETCHER_BINARY_AMBIGUOUS`.
 */
export function choose(shown: string, contents: Contents, daemon: string): Choice {
  const all = allNames(contents);
  const programs = all.filter(({ path, file }) => !isLibraryName(nameIn(path)) && !isLibraryName(nameIn(file.path)));
  const binary = chooseBinary(shown, contents, programs, daemon);
  const others = [...contents.files.values()]
    .filter(({ path, stored }) => stored !== undefined && path !== binary.file.path && !isLibraryName(nameIn(path)))
    .map(({ path }) => path);
  return { binary: binary.file, libraries: librariesFor(binary, contents, all), others };
}

function chooseBinary(shown: string, contents: Contents, programs: readonly Named[], daemon: string): Named {
  const wrapper = wrapperOf(contents);
  const near = distinct(programs.filter(({ path }) => nameIn(path) === daemon && isNear(path.slice(wrapper.length))));
  if (near.length > 1) throw ambiguous(shown, near, daemon);
  if (near[0] !== undefined) return near[0];

  const elf = distinct(programs.filter(({ file }) => contents.files.get(file.path)?.content.runs === 'elf'));
  if (elf[0] === undefined) throw absent(shown, contents, daemon);
  if (elf.length === 1) return elf[0];

  const suffixed = elf.filter(({ path }) =>
    [`${daemon}-`, `${daemon}_`].some((start) => nameIn(path).startsWith(start)),
  );
  if (suffixed[0] === undefined) throw ambiguous(shown, elf, daemon);
  if (suffixed.length > 1) throw ambiguous(shown, suffixed, daemon);
  return suffixed[0];
}

/** The directory that everything lies in, with its slash; empty where there is no such one. */
function wrapperOf({ files, links }: Contents): string {
  const tops = new Set([...files.keys(), ...links.keys()].map((path) => path.slice(0, path.indexOf('/') + 1)));
  const [top = ''] = tops;
  return tops.size === 1 ? top : '';
}

function isNear(path: string): boolean {
  return path.split('/').length <= 2;
}

/** Each file once, under the first of its names. */
function distinct(found: readonly Named[]): readonly Named[] {
  return [...new Map(found.toReversed().map((named) => [named.file.path, named])).values()].toReversed();
}

/** Everything that runs, under its own name and those of the links to it. */
function allNames(contents: Contents): readonly Named[] {
  return [...contents.files.keys(), ...contents.links.keys()].flatMap((path) => {
    const found = follow(contents, path);
    return found?.stored === undefined ? [] : [{ path, file: { path: found.path, stored: found.stored } }];
  });
}

const MOST_LINKS = 40;

/** The file at a path, through links to files; undefined where there is none, or only a circle of links. */
function follow({ files, links }: Contents, path: string): Member | undefined {
  let at: string | undefined = path;
  for (let hops = 0; at !== undefined && hops <= MOST_LINKS; hops += 1) {
    const file = files.get(at);
    if (file !== undefined) return file;
    at = links.get(at);
  }
  return undefined;
}

function librariesFor(binary: Named, contents: Contents, all: readonly Named[]): ReadonlyMap<string, Stored> {
  const beside = directoryOf(binary.path);
  const places = [beside, ...(nameIn(beside) === 'bin' ? [`${beside.slice(0, -3)}lib`] : [])];
  const libraries = new Map<string, Stored>();
  for (const place of places) {
    for (const { path, file } of all) {
      const name = nameIn(path);
      if (directoryOf(path) !== place || !isLibraryName(name) || libraries.has(name)) continue;
      if (file.path === binary.file.path) continue;
      if (contents.files.get(file.path)?.content.runs === 'elf') libraries.set(name, file);
    }
  }
  return libraries;
}

function ambiguous(shown: string, found: readonly Named[], daemon: string): FetcherError {
  const message = `${shown} has ${found.length} files that could be ${daemon}: ${listed(found.map(({ path }) => path))}`;
  return new FetcherError('FETCHER_BINARY_AMBIGUOUS', message, {
    hint: 'look for an archive with one of them only, or put the right one in place by hand',
  });
}

function absent(shown: string, contents: Contents, daemon: string): FetcherError {
  const names = [...contents.files.keys(), ...contents.links.keys()];
  const named = [...contents.files.values()].find(({ path }) => nameIn(path) === daemon);
  const found = names.length === 0 ? 'it is empty' : `it has ${listed(names)}`;
  const content = named?.content;
  const what = content?.runs === undefined && content !== undefined ? content.what : undefined;
  const why = named !== undefined && what !== undefined ? `${quoted(named.path)} is ${what}` : found;
  return new FetcherError('FETCHER_BINARY_ABSENT', `${shown} has no program that could be ${daemon}: ${why}`, {
    hint: 'check that it is the archive for this platform, and the name of the daemon',
  });
}
