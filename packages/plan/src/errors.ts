/** Why a plan, or a name, was refused. */
export type PlanErrorCode =
  /** Nothing was read: no bytes, or white space only. The node may be about to write it. */
  | 'PLAN_EMPTY'
  /** Not one complete JSON object: cut short, followed by something else, or no JSON at all. */
  | 'PLAN_MALFORMED'
  /** More than 64 MiB: no chain writes that. */
  | 'PLAN_TOO_LARGE'
  /** A field has a JSON type that the Cosmos SDK does not write. */
  | 'PLAN_FIELD_TYPE'
  /** No name, or an empty one. */
  | 'PLAN_NAME_MISSING'
  /** No height, or one that is not a whole number from 1 to 2^53 - 1. */
  | 'PLAN_HEIGHT_INVALID'
  /** A time other than the zero time: time-based upgrades ended with SDK 0.43. */
  | 'PLAN_TIME_BASED'
  /** An IBC client state inside the plan: the SDK refuses those as well. */
  | 'PLAN_CLIENT_STATE'
  /** The name leads out of, or is, the directory of upgrades: empty, `.` or `..`. */
  | 'PLAN_NAME_UNSAFE'
  /** The escaped name is longer than the 255 bytes that a file name may have. */
  | 'PLAN_NAME_TOO_LONG';

export class PlanError extends Error {
  static {
    this.prototype.name = 'PlanError';
  }

  readonly code: PlanErrorCode;
  /** What the operator should do, where there is something to do. */
  declare readonly hint?: string;

  constructor(code: PlanErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
