/** What a validator has signed last, as `priv_validator_state.json` says. */
export interface ValidatorState {
  readonly height: bigint;
  readonly round: number;
  /** 0 none, 1 proposal, 2 prevote, 3 precommit. */
  readonly step: number;
}

/** By height, then round, then step: below 0 where `a` was earlier than `b`. */
export function compareStates(a: ValidatorState, b: ValidatorState): number {
  if (a.height !== b.height) return a.height < b.height ? -1 : 1;
  return a.round - b.round || a.step - b.step;
}

/**
 * Reads the file's content; undefined where one of the three is missing or no number: what was signed is unknown then.
 * The height is a string, and so was the round up to Tendermint 0.33.
 */
export function parseState(text: string): ValidatorState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { height, round, step } = value as Record<string, unknown>;
  const digits = [height, round, step].map(digitsOf);
  const [first, second, third] = digits;
  if (first === undefined || second === undefined || third === undefined) return undefined;
  const state = { height: BigInt(first), round: Number(second), step: Number(third) };
  return Number.isSafeInteger(state.round) && Number.isSafeInteger(state.step) ? state : undefined;
}

function digitsOf(value: unknown): string | undefined {
  if (typeof value === 'string') return /^\d{1,19}$/.test(value) ? value : undefined;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? String(value) : undefined;
}

/** The file for a state of which the signature is not known: nothing is signed at it again. */
export const formatState = ({ height, round, step }: ValidatorState): string =>
  JSON.stringify({ height: String(height), round, step }, undefined, 2);
