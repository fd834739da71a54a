import { exitCodes, type ExitCode } from './exit-codes.js';

/** What went wrong; each maps to one exit code. */
export type StagerErrorCode = Exclude<keyof typeof exitCodes, 'done'>;

/** An error that the operator is told in three parts: what (message), why (reason), what to do (hint). */
export class StagerError extends Error {
  readonly code: StagerErrorCode;
  readonly reason: string | undefined;
  readonly hint: string | undefined;

  constructor(
    code: StagerErrorCode,
    message: string,
    details: { reason?: string; hint?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.reason = details.reason ?? (details.cause instanceof Error ? details.cause.message : undefined);
    this.hint = details.hint;
  }

  /** The code that the process ends with. */
  get exitCode(): ExitCode {
    return exitCodes[this.code];
  }
}
Object.defineProperty(StagerError.prototype, 'name', { value: 'StagerError' });
