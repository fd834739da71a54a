import { FetcherError } from './errors.js';

/** What a download may cost. All of them are given: a limit that is forgotten is no limit. */
export interface FetchLimits {
  /** Bytes of one download. */
  readonly bytes: number;
  /** Milliseconds of one attempt. */
  readonly time: number;
  /** Milliseconds without a byte. */
  readonly idle: number;
  /** Redirects of one attempt. */
  readonly redirects: number;
  /** Entries of an archive. */
  readonly entries: number;
  /** Bytes of what an archive holds, all of it. */
  readonly unpackedBytes: number;
  /** How many times its own size an archive may unpack to; small ones may always unpack to 1 MiB. */
  readonly ratio: number;
}

const MINUTE = 60_000;
const GIB = 1024 ** 3;

/**
 * A proposal: ten times the largest release seen of a chain's binary (about 100 MB; Go programs compress to a third),
 * and time for it on a slow line. No release is known with more than a few dozen entries.
 */
export const defaultLimits: FetchLimits = {
  bytes: GIB,
  time: 30 * MINUTE,
  idle: MINUTE,
  redirects: 10,
  entries: 10_000,
  unpackedBytes: 4 * GIB,
  ratio: 100,
};

/** How to get at the network, and what to tell meanwhile. */
export interface FetchAccess {
  /** Where `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or not, are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sent to the origin of the URL only: a token never follows a redirect elsewhere. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** How often it is tried in all, from 1 on. */
  readonly attempts: number;
  /** Milliseconds to wait after the attempt of that number, from 1 on, has failed; by default 1 s, doubled up to 30 s. */
  readonly backoff?: (attempt: number) => number;
  /** Called for each piece: often. `bytes` of `total`, where that is known; of the archive itself while unpacking. */
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly onRetry?: (retry: FetchRetry) => void;
}

export interface FetchProgress {
  readonly phase: 'download' | 'unpack';
  readonly bytes: number;
  readonly total?: number;
}

export interface FetchRetry {
  /** The attempt that failed, from 1 on. */
  readonly attempt: number;
  readonly reason: string;
  readonly waitMs: number;
}

/** setTimeout takes no more. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Throws FetcherError `FETCHER_OPTION_INVALID`, naming the first one that is no use. */
export function checkOptions(options: { readonly limits: FetchLimits; readonly attempts: number }): void {
  const { limits, attempts } = options;
  const whole = { bytes: limits.bytes, entries: limits.entries, unpackedBytes: limits.unpackedBytes, attempts };
  for (const [name, value] of Object.entries(whole)) {
    if (!Number.isSafeInteger(value) || value < 1) throw invalid(name, value, 'a whole number from 1 on');
  }
  for (const [name, value] of Object.entries({ time: limits.time, idle: limits.idle })) {
    if (!Number.isSafeInteger(value) || value < 1 || value > LONGEST_TIMER) {
      throw invalid(name, value, `milliseconds from 1 to ${LONGEST_TIMER}`);
    }
  }
  if (!Number.isSafeInteger(limits.redirects) || limits.redirects < 0) {
    throw invalid('redirects', limits.redirects, 'a whole number from 0 on');
  }
  if (!(limits.ratio >= 1)) throw invalid('ratio', limits.ratio, 'a number from 1 on');
}

function invalid(name: string, value: unknown, expected: string): FetcherError {
  return new FetcherError('FETCHER_OPTION_INVALID', `${name} is ${String(value)}: expected ${expected}`);
}
