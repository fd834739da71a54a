import { configuredPath } from './node-config.js';
import { readSmallFile } from './small-file.js';
import { member, wholeNumber } from './shape.js';

/** The last vote or proposal that the validator signed. `step`: 0 none, 1 propose, 2 prevote, 3 precommit. */
export interface ValidatorState {
  readonly height: number;
  readonly round: number;
  readonly step: number;
}

/**
 * Where the validator state of this home is: `data/priv_validator_state.json`, or `priv_validator_state_file` of
 * config.toml. Parses config.toml, a millisecond or two: the node reads it at its start only, so once is enough.
 */
export function validatorStateFile(home: string): Promise<string> {
  return configuredPath(home, 'priv_validator_state_file', 'data/priv_validator_state.json');
}

/**
 * Reads the validator state from its file. Undefined where it is absent or no validator's state; never throws. The node
 * replaces it by rename, so it is never read half-written.
 */
export async function readValidatorState(file: string): Promise<ValidatorState | undefined> {
  try {
    const json: unknown = JSON.parse(await readSmallFile(file));
    const height = wholeNumber(member(json, 'height'));
    const round = wholeNumber(member(json, 'round'));
    const step = wholeNumber(member(json, 'step'));
    return height === undefined || round === undefined || step === undefined ? undefined : { height, round, step };
  } catch {
    return undefined;
  }
}
