/** Why no binary was staged. */
export type StagingErrorCode =
  /** The plan's info names no binary that this platform could use. */
  | 'STAGING_NO_BINARY'
  /** The plan's info, or what it refers to, cannot be understood. */
  | 'STAGING_INFO_UNUSABLE'
  /** The binary that was fetched would not start here; every finding is in the message. */
  | 'STAGING_WILL_NOT_RUN'
  /** The binary tells another version than the plan's, and that was to be refused. */
  | 'STAGING_OTHER_VERSION'
  /** The operating system refused a reading or a change; see `cause`. */
  | 'STAGING_IO_FAILED';

export class StagingError extends Error {
  static {
    this.prototype.name = 'StagingError';
  }

  readonly code: StagingErrorCode;
  /** What the operator should do, where there is something to do. */
  declare readonly hint?: string;

  constructor(code: StagingErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'give this user access to the directory',
  EPERM: 'give this user access to the directory',
  EROFS: 'the file system is mounted read-only: make it writable',
  ENOSPC: 'the file system is full: free some space',
  // EDQUOT, which Node has no name for.
  'Unknown system error -122': 'the disk quota is used up: free some space',
};

/** What to do about a refusal of the operating system; undefined where nothing is known. */
export function ioHint(error: unknown): string | undefined {
  return HINTS[error instanceof Error && 'code' in error ? String(error.code) : ''];
}

/** A refusal of the operating system, with what to do about it. */
export function ioFailed(what: string, cause: unknown): StagingError {
  const hint = ioHint(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StagingError('STAGING_IO_FAILED', `${what}: ${reason}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
