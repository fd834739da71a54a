import { pathOf, targetOf } from './paths.js';
import type { Content } from './program.js';
import { broken, quoted, unsafe } from './refuse.js';
import type { Shelf, Sink } from './shelf.js';

/** A regular file of an archive. */
export interface Member {
  /** From the archive's root. */
  readonly path: string;
  readonly content: Content;
  /** Where its bytes are, if it can be run. */
  readonly stored: string | undefined;
}

/** What an archive holds, as far as it matters here. */
export interface Contents {
  readonly files: ReadonlyMap<string, Member>;
  /** Links of either sort, and where they lead. */
  readonly links: ReadonlyMap<string, string>;
}

/** Takes the entries of an archive in their order; what is bad about one of them is thrown, and nothing goes on then. */
export interface Collector {
  directory(name: string): void;
  /** `mode` holds the permission bits, 0 where the archive does not say. */
  file(name: string, mode: number): Sink;
  symlink(name: string, target: string): void;
  hardLink(name: string, target: string, mode: number): void;
  contents(): Contents;
}

const SETUID_SETGID = 0o6000;

/**
 * Keeps what can be run on the shelf and forgets the rest. No name of the archive ever becomes a path on disk.
 *
 * Throws FetcherError `FETCHER_ARCHIVE_UNSAFE`, `FETCHER_ARCHIVE_BROKEN`; its sinks `FETCHER_WRITE_FAILED`.
 */
export function collect(shown: string, shelf: Shelf): Collector {
  const directories = new Set(['']);
  const files = new Map<string, Member>();
  const links = new Map<string, string>();
  const taken = new Set<string>();

  const claimAbove = (name: string, path: string): void => {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end);
      if (directories.has(above)) return;
      if (taken.has(above)) throw unsafe(shown, name, `lies below ${quoted(above)}, which is no directory`);
      directories.add(above);
    }
  };
  const claim = (name: string): string => {
    const path = pathOf(shown, name);
    if (taken.has(path)) throw unsafe(shown, name, 'is there twice: one would overwrite the other');
    return path;
  };
  const claimLeaf = (name: string, mode: number): string => {
    const path = claim(name);
    if (directories.has(path)) throw unsafe(shown, name, 'is there twice: as a directory, and not as one');
    if ((mode & SETUID_SETGID) !== 0) throw unsafe(shown, name, 'is setuid or setgid');
    claimAbove(name, path);
    taken.add(path);
    return path;
  };

  return {
    directory(name) {
      const path = claim(name);
      claimAbove(name, path);
      directories.add(path);
    },
    file(name, mode) {
      const path = claimLeaf(name, mode);
      return shelf.sink((content, stored) => files.set(path, { path, content, stored }));
    },
    symlink(name, target) {
      const path = claimLeaf(name, 0);
      links.set(path, targetOf(shown, path, target, 'symbolic'));
    },
    hardLink(name, target, mode) {
      const path = claimLeaf(name, mode);
      const to = targetOf(shown, path, target, 'hard');
      if (!taken.has(to)) {
        throw broken(shown, `has a hard link ${quoted(path)} to ${quoted(to)}, which is not before it`);
      }
      links.set(path, to);
    },
    contents: () => ({ files, links }),
  };
}
