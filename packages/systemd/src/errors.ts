/** Why something cannot be read as, or written into, a unit. */
export type SystemdErrorCode =
  /** A quote is opened and never closed. */
  | 'SYSTEMD_QUOTES'
  /** A text that no unit can carry there: NUL, no Unicode text, a line end where systemd knows no escape. */
  | 'SYSTEMD_TEXT'
  /** A path is not absolute, or has a character that systemd refuses there. */
  | 'SYSTEMD_PATH'
  /** A name of a unit, a user, a group or a variable that systemd refuses. */
  | 'SYSTEMD_NAME'
  /** A number that makes no sense there. */
  | 'SYSTEMD_NUMBER';

export class SystemdError extends Error {
  static {
    this.prototype.name = 'SystemdError';
  }

  readonly code: SystemdErrorCode;
  /** What the operator should do, where there is something to do. */
  declare readonly hint?: string;

  constructor(code: SystemdErrorCode, message: string, options: { hint?: string } = {}) {
    super(message);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
