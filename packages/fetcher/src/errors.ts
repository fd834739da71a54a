/** Why nothing was fetched. Whatever the code, nothing is left at or beside the destination. */
export type FetcherErrorCode =
  /** A limit, the daemon's name, the destination or the number of attempts makes no sense. */
  | 'FETCHER_OPTION_INVALID'
  /** Not a URL, or one without a host. */
  | 'FETCHER_URL_INVALID'
  /** A URL of a kind that is not fetched: `git::`, `s3::`, `file://`, a path. */
  | 'FETCHER_SCHEME_UNSUPPORTED'
  /** An archive or package of a kind that is not unpacked: xz, bz2, deb. */
  | 'FETCHER_KIND_UNSUPPORTED'
  /** The checksum that was given is none, or two of them contradict each other. */
  | 'FETCHER_CHECKSUM_INVALID'
  /** A checksum is required, and none was given. */
  | 'FETCHER_CHECKSUM_MISSING'
  /** Only md5 or sha1, which can be forged, and no consent to that. */
  | 'FETCHER_CHECKSUM_WEAK'
  /** The checksum file does not name our file, or names it with two hashes. */
  | 'FETCHER_CHECKSUM_FILE_UNUSABLE'
  /** What arrived is not what the checksum promises. */
  | 'FETCHER_CHECKSUM_MISMATCH'
  /** A proxy in the environment that is no URL of an HTTP proxy. */
  | 'FETCHER_PROXY_INVALID'
  /** 404 or 410. */
  | 'FETCHER_NOT_FOUND'
  /** Any other answer that is no success. */
  | 'FETCHER_STATUS'
  /** No connection, one that broke, or a refusal of the proxy. */
  | 'FETCHER_NETWORK'
  /** Nothing arrived for the idle time. */
  | 'FETCHER_STALLED'
  /** The attempt took longer than its time. */
  | 'FETCHER_TIMEOUT'
  /** More bytes than the limit, announced or sent. */
  | 'FETCHER_TOO_LARGE'
  /** The rest that was asked for is not what was sent. */
  | 'FETCHER_RANGE_WRONG'
  /** Too many redirects, a circle of them, or one to where none may lead. */
  | 'FETCHER_REDIRECT_REFUSED'
  /** Nothing at all, or no text where a text is expected. */
  | 'FETCHER_CONTENT_INVALID'
  /** The archive is damaged, cut short, or not what its name says. */
  | 'FETCHER_ARCHIVE_BROKEN'
  /** An entry that no honest release has: a path or link that leads out, a device, setuid. */
  | 'FETCHER_ARCHIVE_UNSAFE'
  /** More entries, bytes or compression than the limits. */
  | 'FETCHER_ARCHIVE_LIMIT'
  /** Nothing in what was downloaded is the binary. */
  | 'FETCHER_BINARY_ABSENT'
  /** Several files of the archive could be the binary. */
  | 'FETCHER_BINARY_AMBIGUOUS'
  /** Something is at the destination already. */
  | 'FETCHER_DESTINATION_EXISTS'
  /** The operating system refused to store it; see `cause`. */
  | 'FETCHER_WRITE_FAILED'
  /** The signal was aborted; its reason is the `cause`. */
  | 'FETCHER_ABORTED';

export interface FetcherErrorOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly transient?: boolean;
  readonly retryAfter?: number;
}

/** No URL in a message shows its credentials. */
export class FetcherError extends Error {
  static {
    this.prototype.name = 'FetcherError';
  }

  readonly code: FetcherErrorCode;
  /** Whether the same request may well succeed later, or for another attempt. */
  readonly transient: boolean;
  /** What the operator should do, where there is something to do. */
  declare readonly hint?: string;
  /** Milliseconds that the server asked to wait, two minutes at most. */
  declare readonly retryAfter?: number;

  constructor(code: FetcherErrorCode, message: string, options: FetcherErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.transient = options.transient ?? false;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'give this user access to the directory',
  EPERM: 'give this user access to the directory',
  EROFS: 'the file system is mounted read-only: make it writable',
  ENOSPC: 'the file system is full: free some space',
  // EDQUOT, which Node has no name for.
  'Unknown system error -122': 'the disk quota is used up: free some space',
  ENOENT: 'create the directory first',
};

/** The errno name of a system error; undefined for anything else. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Our own errors pass; anything else is the operating system's refusal. */
export function writeFailed(what: string, cause: unknown): FetcherError {
  if (cause instanceof FetcherError) return cause;
  const hint = HINTS[errno(cause) ?? ''];
  return new FetcherError('FETCHER_WRITE_FAILED', `${what}: ${reasonOf(cause)}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Throws FetcherError `FETCHER_ABORTED` once the signal is. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new FetcherError('FETCHER_ABORTED', 'fetching was aborted', { cause: signal.reason });
  }
}
