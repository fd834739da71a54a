import { type ErrorDetails, OperatorError } from '@chainvisor/report';
import { exitCodes, type ExitCode } from './exit-codes.js';

/** What went wrong; each maps to one exit code. */
export type StagerErrorCode = Exclude<keyof typeof exitCodes, 'done'>;

/** An error that the operator is told. */
export class StagerError extends OperatorError {
  readonly code: StagerErrorCode;

  constructor(code: StagerErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code];
  }
}
Object.defineProperty(StagerError.prototype, 'name', { value: 'StagerError' });
