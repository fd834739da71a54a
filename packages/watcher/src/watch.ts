import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { watchDirectory } from './directory.js';
import { WatcherError } from './errors.js';
import { identityOf, type InfoFact } from './fact.js';
import { createLatest } from './latest.js';
import type { WatchNote } from './note.js';
import { readInfoNow } from './read.js';
import { doubtAboutFile } from './reliability.js';

/** How long a file must have been left alone before its times are believed: the clock of some kernels steps by 10 ms. */
const SETTLE_MS = 50;

/** The poll interval while events are reliable and the last fact needs no second look: a net under the net. */
const RELAXED_MS = 5000;

const LONGEST_MS = 2 ** 31 - 1;

export interface WatchOptions {
  /** The upgrade-info file, `<home>/data/upgrade-info.json`. Neither it nor its directory has to exist. */
  readonly file: string;
  /**
   * Milliseconds between two looks at the file where events may not come: the directory is missing, on a file system
   * that can change without this kernel, or the file is a link or not readable just now. Where events do come, a look
   * every five seconds (or at this interval, if longer) stays as the safety net.
   */
  readonly pollInterval: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  /** Told how the file is watched. What it throws ends the iteration with that error. */
  readonly onNote?: (note: WatchNote) => void;
}

/**
 * The upgrade-info file as a stream of facts: first the one as it is now, then one each time the stamp or the state
 * changes, the latest only where the consumer is slow. Ends when the signal aborts or the loop is left; nothing that
 * happens to the file or its directory ends it or throws. Every iteration is a watch of its own and keeps the process
 * alive until it ends.
 * @throws WatcherError with the code POLL_INTERVAL where the interval is not between 1 ms and 2^31 - 1 ms.
 */
export function watchInfo(options: WatchOptions): AsyncIterable<InfoFact> {
  const { pollInterval } = options;
  if (!(pollInterval >= 1 && pollInterval <= LONGEST_MS)) {
    throw new WatcherError('POLL_INTERVAL', `the poll interval must be 1 to ${LONGEST_MS} ms, not ${pollInterval}`);
  }
  const file = resolve(options.file);
  return { [Symbol.asyncIterator]: () => iterate({ ...options, file }) };
}

function iterate(options: WatchOptions): AsyncIterator<InfoFact, undefined> {
  const { signal } = options;
  let stop: (() => void) | undefined;
  const end = () => latest.end();
  const latest = createLatest<InfoFact>(
    identityOf,
    () => {
      if (signal.aborted) {
        end();
        return;
      }
      signal.addEventListener('abort', end);
      const observer = observe(options, latest.put, latest.end);
      stop = observer.stop;
      observer.start();
    },
    () => {
      signal.removeEventListener('abort', end);
      stop?.();
    },
  );
  return latest;
}

function observe(options: WatchOptions, put: (fact: InfoFact) => void, fail: (error: unknown) => void) {
  const { file, pollInterval } = options;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  let stopped = false;
  let fact: InfoFact = { state: 'absent' };
  let seen = '';
  let changedAt = 0;
  let settled = false;
  let fileIsDoubted = false;
  let events = 0;
  // The count of events when polling found a change: still the same one poll later, no event came for it.
  let suspicion: number | undefined;

  const directory = watchDirectory({
    directory: dirname(file),
    name: basename(file),
    onEvent: () => {
      events += 1;
      // A turn later: several events that arrive together cost one read.
      soon ??= setImmediate(refresh);
    },
    onChange: refresh,
    onNote: (note) => {
      try {
        options.onNote?.(note);
      } catch (error) {
        fail(error);
      }
    },
  });

  function refresh(): void {
    clearImmediate(soon);
    soon = undefined;
    if (stopped) return;
    const now = performance.now();
    // Looked at before the read: what changes in between is found again by the next poll.
    seen = signatureOf(file);
    const before = identityOf(fact);
    fact = readInfoNow(file);
    if (identityOf(fact) !== before) changedAt = now;
    settled = now - changedAt >= SETTLE_MS;
    fileIsDoubted = doubtAboutFile(file) !== undefined;
    put(fact);
    if (timer !== undefined) arm();
  }

  function poll(): void {
    timer = undefined;
    if (suspicion === events) directory.doubt('a change came without one');
    suspicion = undefined;
    directory.check();
    const changed = signatureOf(file) !== seen;
    if (changed && directory.isReliable()) suspicion = events;
    // What the operating system would not let us read is asked for again: nothing announces that it would now.
    if (changed || !settled || (fact.state === 'unreadable' && fact.reason === 'io')) refresh();
    if (!stopped) arm();
  }

  function arm(): void {
    const relaxed = fact.state !== 'unreadable' && !fileIsDoubted && suspicion === undefined && directory.isReliable();
    const delay = relaxed ? Math.max(pollInterval, RELAXED_MS) : pollInterval;
    clearTimeout(timer);
    timer = setTimeout(poll, delay);
  }

  function stop(): void {
    stopped = true;
    clearTimeout(timer);
    clearImmediate(soon);
    directory.close();
  }

  return {
    stop,
    start: () => {
      directory.check();
      if (!stopped) arm();
    },
  };
}

/** Changes with everything that may change the fact, and with some things that do not. */
function signatureOf(file: string): string {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return 'absent';
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    return `${dev.toString()}:${ino.toString()}:${size.toString()}:${mtimeNs.toString()}:${ctimeNs.toString()}`;
  } catch (cause) {
    return `error:${cause instanceof Error && 'code' in cause ? String(cause.code) : ''}`;
  }
}
