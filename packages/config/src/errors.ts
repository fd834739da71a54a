import { describeProblem, type Problem } from './problem.js';

/**
 * - `CONFIG_INVALID`: at least one setting is missing or unusable; `problems` holds every one of them.
 * - `CONFIG_FILE_MISSING`: there is no file at the path.
 * - `CONFIG_FILE_UNREADABLE`: it exists but cannot be read: rights, a directory, a pipe, too large.
 * - `CONFIG_FILE_UNSUPPORTED`: its name does not end in `.toml`.
 * - `CONFIG_FILE_SYNTAX`: it is not valid TOML (or not UTF-8); the message has line and column.
 * - `VALUE_INVALID`: one value does not fit its setting. `readSettings` turns it into a `Problem`.
 */
export type ConfigErrorCode =
  | 'CONFIG_INVALID'
  | 'CONFIG_FILE_MISSING'
  | 'CONFIG_FILE_UNREADABLE'
  | 'CONFIG_FILE_UNSUPPORTED'
  | 'CONFIG_FILE_SYNTAX'
  | 'VALUE_INVALID';

export interface ConfigErrorOptions extends ErrorOptions {
  readonly problems?: readonly Problem[];
  readonly hint?: string | undefined;
}

/** Everything this package throws. `hint` says what the operator should do. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  /** Every unusable setting; empty unless the code is `CONFIG_INVALID`. */
  readonly problems: readonly Problem[];
  readonly hint?: string;

  static {
    this.prototype.name = 'ConfigError';
  }

  constructor(code: ConfigErrorCode, message: string, options: ConfigErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.problems = options.problems ?? [];
    if (options.hint !== undefined) this.hint = options.hint;
  }
}

/** What a setting's `parse`, `fromFile` or `check` throws: why the value cannot be used, and what to write instead. */
export function invalidValue(reason: string, fix?: string): ConfigError {
  return new ConfigError('VALUE_INVALID', reason, { hint: fix });
}

export function invalidSettings(problems: readonly Problem[]): ConfigError {
  const lines = problems.map(describeProblem);
  const message = lines.length === 1 ? lines.join('') : [`${lines.length} settings are wrong:`, ...lines].join('\n');
  return new ConfigError('CONFIG_INVALID', message, { problems });
}
