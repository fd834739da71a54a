/** Why something could not be found out about a binary. What is wrong *with* a binary is an answer, never an error. */
export type BinaryErrorCode =
  /** The file cannot be opened or read; see `cause`. */
  | 'BINARY_READ_FAILED'
  /** A time limit that is no number of milliseconds from 1 to 2147483647. */
  | 'BINARY_TIME_INVALID'
  /** The throw-away directories for a run could not be made or removed; see `cause`. */
  | 'BINARY_SANDBOX_FAILED'
  /** A process of the run outlives SIGKILL: it waits for a disk or network that does not answer. */
  | 'BINARY_WILL_NOT_END';

export class BinaryError extends Error {
  static {
    this.prototype.name = 'BinaryError';
  }

  readonly code: BinaryErrorCode;
  /** What the operator should do. */
  readonly hint: string;

  constructor(code: BinaryErrorCode, message: string, hint: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** The message of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
