/** What an operator is told besides the message. */
export interface ErrorDetails {
  /** Why; the message of the cause, where nothing is said. */
  readonly reason?: string;
  /** What to do. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error that a program has made for its operator, in three parts: what (message), why (reason), what to do (hint). */
export abstract class OperatorError extends Error {
  readonly reason: string | undefined;
  readonly hint: string | undefined;
  /** The code that the process ends with. */
  abstract get exitCode(): number;

  constructor(message: string, { reason, hint, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason ?? (cause instanceof Error ? cause.message : undefined);
    this.hint = hint;
  }
}
