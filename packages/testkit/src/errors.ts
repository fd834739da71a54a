/** Why testkit gave up: `WAIT_TIMEOUT` a fact did not come true in time, `NO_BUNDLE` the fake node is not built. */
export type TestkitErrorCode = 'WAIT_TIMEOUT' | 'NO_BUNDLE';

/** The one error that testkit throws by itself. */
export class TestkitError extends Error {
  readonly code: TestkitErrorCode;
  readonly hint?: string;

  constructor(code: TestkitErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
Object.defineProperty(TestkitError.prototype, 'name', { value: 'TestkitError', configurable: true, writable: true });
