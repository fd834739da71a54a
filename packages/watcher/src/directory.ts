import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from './errors.js';
import type { WatchNote } from './note.js';
import { doubtAboutDirectory } from './reliability.js';

// inotify has a limit of watches that somebody may raise; asking costs little, but not at every poll.
const RETRY_MS = 10_000;

export interface DirectoryWatch {
  /** True while events are reported and every change of an entry is expected to raise one. */
  readonly isReliable: () => boolean;
  /** Looks whether the path still leads to the directory that is watched, and watches the one that is there. */
  readonly check: () => void;
  /** Says that a change came without an event. */
  readonly doubt: (reason: string) => void;
  readonly close: () => void;
}

export interface DirectoryWatchOptions {
  readonly directory: string;
  /** The one entry whose events are passed on. */
  readonly name: string;
  readonly onEvent: () => void;
  /** The directory at the path is another one than before, or events begin: whatever was known may be out of date. */
  readonly onChange: () => void;
  readonly onNote: (note: WatchNote) => void;
}

/** Events about one entry of a directory that may be missing, a link, removed or replaced. Never creates it. */
export function watchDirectory(options: DirectoryWatchOptions): DirectoryWatch {
  const { directory, name, onEvent, onChange } = options;
  const ownName = basename(directory);
  let state: 'new' | 'missing' | 'watching' | 'unavailable' = 'new';
  let watcher: FSWatcher | undefined;
  let identity: string | undefined;
  let doubted = false;
  let retryAt = 0;

  function note(kind: WatchNote['kind'], message: string, error?: Error): void {
    options.onNote({ kind, directory, message, ...(error === undefined ? {} : { error }) });
  }

  function release(): void {
    watcher?.close();
    watcher = undefined;
  }

  function check(force = false): void {
    const found = identify(directory);
    if (found === undefined) lose();
    else if (force || found !== identity || (state === 'unavailable' && performance.now() >= retryAt)) attach(found);
  }

  function lose(): void {
    release();
    identity = undefined;
    if (state === 'missing') return;
    state = 'missing';
    note('directory-missing', `${directory} does not exist: waiting for it`);
    onChange();
  }

  function attach(found: string): void {
    const before = { state, identity };
    release();
    identity = found;
    doubted = false;
    try {
      // Not what keeps the process alive: the poll timer is.
      watcher = watch(directory, { persistent: false }, (type, entry) => {
        if (entry === name || entry === null) onEvent();
        // inotify reports the directory itself under its own name; moved or removed, its events tell nothing any more.
        // The same inode number may come back with a new directory, so its identity is no proof here.
        if (entry === null || (entry === ownName && type === 'rename')) check(true);
      });
      watcher.on('error', unavailable);
      state = 'watching';
    } catch (error) {
      unavailable(error);
    }
    if (before.state === 'missing') note('directory-appeared', `${directory} appeared`);
    else if (before.identity !== undefined && before.identity !== found) {
      note('directory-replaced', `${directory} is another directory than before: watching the new one`);
    } else if (before.state === 'unavailable' && watcher !== undefined) {
      note('events-restored', `events of ${directory} are reported again`);
    }
    const reason = watcher === undefined ? undefined : doubtAboutDirectory(directory);
    if (reason !== undefined) doubt(reason);
    onChange();
  }

  function unavailable(cause: unknown): void {
    release();
    retryAt = performance.now() + RETRY_MS;
    if (state === 'unavailable') return;
    state = 'unavailable';
    const error = cause instanceof Error ? cause : new Error(messageOf(cause));
    note('events-unavailable', `no events of ${directory}: ${error.message}; watching by polling`, error);
  }

  function doubt(reason: string): void {
    if (doubted || watcher === undefined) return;
    doubted = true;
    note('events-unreliable', `events of ${directory} are not relied on: ${reason}; polling beside them`);
  }

  return { isReliable: () => watcher !== undefined && !doubted, check: () => check(), doubt, close: release };
}

/** What tells this directory from another one at the same path. */
function identify(directory: string): string | undefined {
  try {
    const stats = statSync(directory, { bigint: true, throwIfNoEntry: false });
    if (stats?.isDirectory() !== true) return undefined;
    return `${stats.dev.toString()}:${stats.ino.toString()}:${stats.birthtimeNs.toString()}`;
  } catch {
    return undefined;
  }
}
