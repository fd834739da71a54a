/** Why something in this package failed; one word per thing an operator can act on. */
export type RunnerErrorCode =
  /** The program could not be executed: no such file, not executable, no interpreter, no working directory, … */
  | 'RUNNER_START_FAILED'
  /** The program was not started at all, because the caller had already aborted. */
  | 'RUNNER_ABORTED'
  /** The system refuses to let us signal the child: it runs as another user. */
  | 'RUNNER_SIGNAL_REFUSED'
  /** SIGKILL was sent, or refused as the process is another user's, and after the time for dying it is still there. */
  | 'RUNNER_WILL_NOT_DIE'
  /** Another supervisor of the home lives. */
  | 'RUNNER_HOME_LOCKED'
  /** Somebody whom no supervisor of the home started, or who cannot be seen or ended from here, holds the lock of what was started. */
  | 'RUNNER_HOME_HELD'
  /** The lock file is there, but may not be opened by this user. */
  | 'RUNNER_LOCK_DENIED';

export interface RunnerErrorOptions extends ErrorOptions {
  readonly hint?: string;
}

/** The only error this package throws on purpose; `hint` says what the operator should do about it. */
export class RunnerError extends Error {
  readonly code: RunnerErrorCode;
  readonly hint?: string;

  static {
    Object.defineProperty(this.prototype, 'name', { value: 'RunnerError', writable: true, configurable: true });
  }

  constructor(code: RunnerErrorCode, message: string, options: RunnerErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** The code of a failed system call (`ENOENT`, …), or undefined for any other thrown thing. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
