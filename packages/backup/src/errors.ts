/** Why no backup was made, read, checked, restored or removed. */
export type BackupErrorCode =
  /** A path is not absolute, a name is no file name, a number makes no sense, or one directory lies within the other. */
  | 'BACKUP_OPTION_INVALID'
  /** What is to be copied is no directory. */
  | 'BACKUP_DATA_INVALID'
  /** Hard links were asked for while the node runs. */
  | 'BACKUP_NODE_RUNNING'
  /** The node was said to be stopped, and the data changed while it was copied. */
  | 'BACKUP_SOURCE_CHANGED'
  /** The operating system refused a reading; see `cause`. */
  | 'BACKUP_READ_FAILED'
  /** The operating system refused a change; see `cause`. */
  | 'BACKUP_WRITE_FAILED'
  /** The file system has too little room, found before the first byte or while copying. */
  | 'BACKUP_NO_SPACE'
  /** The directory has no manifest of ours, or one that cannot be read. */
  | 'BACKUP_MANIFEST_INVALID'
  /** Something of the backup is missing or was changed. */
  | 'BACKUP_DAMAGED'
  /** What the validator has signed last cannot be told, so it cannot be kept. */
  | 'BACKUP_STATE_UNKNOWN'
  /** The data directory cannot be renamed: it is a mount point. */
  | 'BACKUP_SWAP_REFUSED'
  /** Something bears the name under which the old data is to be kept. */
  | 'BACKUP_ASIDE_EXISTS'
  /** Somebody changed what a restore that was killed had left; which data is the right one, only the operator knows. */
  | 'BACKUP_RESTORE_UNCLEAR'
  /** The signal was aborted; its reason is the `cause`. */
  | 'BACKUP_ABORTED';

export class BackupError extends Error {
  static {
    this.prototype.name = 'BackupError';
  }

  readonly code: BackupErrorCode;
  /** What the operator should do, where there is something to do. */
  declare readonly hint?: string;

  constructor(code: BackupErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
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

function wrap(code: BackupErrorCode, what: string, cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const hint = HINTS[errno(cause) ?? ''];
  return new BackupError(code, `${what}: ${reasonOf(cause)}`, hint === undefined ? { cause } : { cause, hint });
}

/** Our own errors pass; anything else is the operating system's refusal. */
export const readFailed = (what: string, cause: unknown): BackupError => wrap('BACKUP_READ_FAILED', what, cause);

/** As `readFailed`; a full disk has a code of its own. */
export function writeFailed(what: string, cause: unknown): BackupError {
  return wrap(errno(cause) === 'ENOSPC' ? 'BACKUP_NO_SPACE' : 'BACKUP_WRITE_FAILED', what, cause);
}

/** Throws BackupError `BACKUP_ABORTED` once the signal is. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new BackupError('BACKUP_ABORTED', 'aborted', { cause: signal.reason });
}
