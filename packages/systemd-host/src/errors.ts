/** Why a unit was not found, read or installed. */
export type HostErrorCode =
  /** A text that no unit can be called, or that is no assignment of a variable. */
  | 'SYSTEMD_HOST_NAME_INVALID'
  /** No unit of that name is in systemd's directories. */
  | 'SYSTEMD_HOST_UNIT_MISSING'
  /** The unit is a link to /dev/null, or empty: systemd refuses to start it. */
  | 'SYSTEMD_HOST_UNIT_MASKED'
  /** The operating system refused a reading; see `cause`. */
  | 'SYSTEMD_HOST_READ_FAILED'
  /** The operating system refused a change; see `cause`. What was there before is still there. */
  | 'SYSTEMD_HOST_WRITE_FAILED'
  /** A file of somebody else's bears the name of one that is to be written. */
  | 'SYSTEMD_HOST_FOREIGN_FILE'
  /** The environment file of that name is of a node with another home. */
  | 'SYSTEMD_HOST_OTHER_HOME'
  /** Units can be written by root alone. */
  | 'SYSTEMD_HOST_NOT_ROOT'
  /** The name under which somebody else's file is to be kept is taken. */
  | 'SYSTEMD_HOST_KEPT_EXISTS'
  /** A program of systemd, or `getent`, is not there. */
  | 'SYSTEMD_HOST_TOOL_MISSING'
  /** A program of systemd said no, or did not end in time. */
  | 'SYSTEMD_HOST_TOOL_FAILED'
  /** No such user. */
  | 'SYSTEMD_HOST_USER_MISSING'
  /** The program that a unit is to start lies where it will not stay. */
  | 'SYSTEMD_HOST_PROGRAM_TEMPORARY';

export class HostError extends Error {
  static {
    this.prototype.name = 'HostError';
  }

  readonly code: HostErrorCode;
  /** What the operator should do, where there is something to do. */
  declare readonly hint?: string;

  constructor(code: HostErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'run this as root: sudo',
  EPERM: 'run this as root: sudo; see also the attributes of the file (lsattr)',
  EROFS: 'the file system is mounted read-only: make it writable',
  ENOSPC: 'the file system is full: free some space',
  // EDQUOT, which Node has no name for.
  'Unknown system error -122': 'the disk quota is used up: free some space',
  EIO: 'the disk fails: look at the kernel log',
};

/** The errno name of a system error; undefined for anything else. */
export function errno(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether a system error says that nothing is there. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errno(error) ?? '');
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wrap(code: HostErrorCode, what: string, cause: unknown): HostError {
  if (cause instanceof HostError) return cause;
  const hint = HINTS[errno(cause) ?? ''];
  return new HostError(code, `${what}: ${reasonOf(cause)}`, hint === undefined ? { cause } : { cause, hint });
}

/** Our own errors pass; anything else is the operating system's refusal. */
export const readFailed = (what: string, cause: unknown): HostError => wrap('SYSTEMD_HOST_READ_FAILED', what, cause);

/** As `readFailed`, for a change. */
export const writeFailed = (what: string, cause: unknown): HostError => wrap('SYSTEMD_HOST_WRITE_FAILED', what, cause);
