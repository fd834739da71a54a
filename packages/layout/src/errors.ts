/** Why something under the home could not be named, read or changed. */
export type LayoutErrorCode =
  /** The home is no absolute path. */
  | 'LAYOUT_HOME_INVALID'
  /** The daemon's name is no file name. */
  | 'LAYOUT_DAEMON_INVALID'
  /** A directory that `current` must not name: relative, or the root itself. */
  | 'LAYOUT_TARGET_INVALID'
  /** The binary in the directory to switch to cannot run here; `detail` of the check is in the message. */
  | 'LAYOUT_NOT_RUNNABLE'
  /** `current` is a file or directory of the operator's, which is never replaced. */
  | 'LAYOUT_CURRENT_NOT_A_LINK'
  /** The upgrade has a runnable binary already, which is never replaced. */
  | 'LAYOUT_OCCUPIED'
  /** The operating system refused a reading; see `cause`. */
  | 'LAYOUT_READ_FAILED'
  /** The operating system refused a change; see `cause`. What was there before is still there. */
  | 'LAYOUT_WRITE_FAILED';

export class LayoutError extends Error {
  static {
    this.prototype.name = 'LayoutError';
  }

  readonly code: LayoutErrorCode;
  /** What the operator should do, where there is something to do. */
  declare readonly hint?: string;

  constructor(code: LayoutErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'give the user that runs the node access to this path',
  EPERM: 'give the user that runs the node access to this path; see also its attributes (lsattr)',
  EROFS: 'the file system is mounted read-only: make it writable',
  ENOSPC: 'the file system is full: free some space',
  EXDEV: 'cosmovisor/.chainvisor and cosmovisor/upgrades must lie on one file system for this',
  // EDQUOT, which Node has no name for.
  'Unknown system error -122': 'the disk quota is used up: free some space',
};

/** The errno name of a system error; undefined for anything else. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function wrap(code: LayoutErrorCode, what: string, cause: unknown): LayoutError {
  if (cause instanceof LayoutError) return cause;
  const hint = HINTS[errno(cause) ?? ''];
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LayoutError(code, `${what}: ${reason}`, hint === undefined ? { cause } : { cause, hint });
}

export const readFailed = (what: string, cause: unknown): LayoutError => wrap('LAYOUT_READ_FAILED', what, cause);
export const writeFailed = (what: string, cause: unknown): LayoutError => wrap('LAYOUT_WRITE_FAILED', what, cause);
