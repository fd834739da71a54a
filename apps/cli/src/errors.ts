import { type ErrorDetails, OperatorError } from '@chainvisor/report';
import { exitCodes, type ExitCode } from './exit-codes.js';

/** What went wrong, named after the step; each maps to one exit code. */
export type CliErrorCode = keyof typeof exitCodes;

/** An error that the operator is told. */
export class CliError extends OperatorError {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code];
  }
}
Object.defineProperty(CliError.prototype, 'name', { value: 'CliError' });
