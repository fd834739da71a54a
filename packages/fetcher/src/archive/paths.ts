import { quoted, unsafe } from './refuse.js';

/** Linux's PATH_MAX, and more levels than any release has. */
const LONGEST_PATH = 4096;
const MOST_LEVELS = 64;

/**
 * The path of an entry from the archive's root, without `.` and doubled slashes; empty for the root itself.
 *
 * Throws FetcherError `FETCHER_ARCHIVE_UNSAFE` for a path that leads out of it, or could be read as one that does.
 */
export function pathOf(shown: string, name: string): string {
  const why = whyUnsafe(name);
  if (why !== undefined) throw unsafe(shown, name, why);
  const segments = segmentsOf(name);
  if (segments.length > MOST_LEVELS) throw unsafe(shown, name, `lies more than ${MOST_LEVELS} directories deep`);
  return segments.join('/');
}

/**
 * Where a link at `path` leads, as a path from the archive's root: a symbolic link from its directory, a hard link from
 * the root. Any `..` is refused, even one that would stay inside.
 *
 * Throws FetcherError `FETCHER_ARCHIVE_UNSAFE`.
 */
export function targetOf(shown: string, path: string, target: string, kind: 'symbolic' | 'hard'): string {
  const why = whyUnsafe(target);
  if (why !== undefined) throw unsafe(shown, path, `is a link whose target ${why}: ${quoted(target)}`);
  const from = kind === 'symbolic' ? path.split('/').slice(0, -1) : [];
  return [...from, ...segmentsOf(target)].join('/');
}

function whyUnsafe(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (path.startsWith('/')) return 'is an absolute path';
  if (path.includes('\0')) return 'contains a NUL byte';
  if (path.includes('\\')) return 'contains a backslash';
  if (path.split('/').includes('..')) return 'contains ".."';
  return Buffer.byteLength(path) > LONGEST_PATH ? `is longer than ${LONGEST_PATH} bytes` : undefined;
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

/** The last part of a path. */
export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Everything before that; empty in the root. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
