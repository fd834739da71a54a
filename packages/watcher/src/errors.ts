/** Why the upgrade-info file gives no plan, or why it cannot be watched as asked. */
export type WatcherErrorCode =
  | 'INFO_EMPTY'
  | 'INFO_MALFORMED'
  | 'INFO_TOO_LARGE'
  | 'INFO_NOT_A_FILE'
  | 'INFO_IO'
  | 'INFO_RESTLESS'
  | 'POLL_INTERVAL';

/** The one error class of this package. `code` is closed; `hint` says what the operator should do. */
export class WatcherError extends Error {
  static {
    this.prototype.name = 'WatcherError';
  }

  readonly code: WatcherErrorCode;
  readonly hint?: string;

  constructor(code: WatcherErrorCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** The text of anything that was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
