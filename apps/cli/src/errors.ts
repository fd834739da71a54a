import { exitCodes, type ExitCode } from './exit-codes.js';

/** What went wrong, named after the step; each maps to one exit code. */
export type CliErrorCode = keyof typeof exitCodes;

/** An error that the operator is told in three parts: what (message), why (cause or reason), what to do (hint). */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly reason: string | undefined;
  readonly hint: string | undefined;

  constructor(code: CliErrorCode, message: string, details: { reason?: string; hint?: string; cause?: unknown } = {}) {
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
Object.defineProperty(CliError.prototype, 'name', { value: 'CliError' });
