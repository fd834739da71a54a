import { FetcherError } from '../errors.js';
import type { FetchLimits } from '../options.js';

/** Counts what an archive costs, and throws FetcherError `FETCHER_ARCHIVE_LIMIT` when it costs more than it may. */
export interface Budget {
  /** Bytes that came out of it. */
  spend(bytes: number): void;
  /** So many more entries. */
  entries(count: number): void;
}

/** What compresses very well is not yet a bomb while it is small. */
const ALWAYS_ALLOWED = 1024 * 1024;

/** `archiveBytes` is what was downloaded. */
export function budgetOf(shown: string, limits: FetchLimits, archiveBytes: number): Budget {
  const byRatio = Math.max(ALWAYS_ALLOWED, archiveBytes * limits.ratio);
  let bytes = 0;
  let entries = 0;
  return {
    spend(more) {
      bytes += more;
      if (bytes > limits.unpackedBytes) {
        throw overLimit(`${shown} unpacks to more than ${limits.unpackedBytes} bytes`);
      }
      if (bytes > byRatio) {
        throw overLimit(`${shown} unpacks to more than ${limits.ratio} times its ${archiveBytes} bytes`);
      }
    },
    entries(count) {
      entries += count;
      if (entries > limits.entries) throw overLimit(`${shown} has more than ${limits.entries} entries`);
    },
  };
}

function overLimit(message: string): FetcherError {
  return new FetcherError('FETCHER_ARCHIVE_LIMIT', message, {
    hint: 'if the release is really that large, unpack it by hand and put the binary in place; otherwise it is made to fill the disk',
  });
}
