import { readValidatorState, type ValidatorState } from '@chainvisor/chain';
import { CliError } from '../errors.js';
import type { Context } from './context.js';

/** Whether one state is of an earlier vote than another. */
export function isEarlier(a: ValidatorState, b: ValidatorState): boolean {
  return a.height - b.height < 0 || (a.height === b.height && (a.round - b.round || a.step - b.step) < 0);
}

/** "height 10, round 0, step 3" */
export function describeState({ height, round, step }: ValidatorState): string {
  return `height ${height}, round ${round}, step ${step}`;
}

/**
 * Compares what the validator signed last with what is on record, and records what is newer (invariant A8). A node that
 * signs with an older state than it had may sign twice, which the chain punishes for good. A file that is not there is not
 * compared: a node that needs it does not start without. Throws CliError `validatorState`.
 */
export async function checkValidatorState(ctx: Pick<Context, 'validatorState' | 'journal'>): Promise<void> {
  const recorded = ctx.journal.history().validator;
  const found = await readValidatorState(ctx.validatorState);
  if (found === undefined) return;
  if (recorded !== undefined && isEarlier(found, recorded)) {
    throw new CliError('validatorState', `${ctx.validatorState} is older than what this validator has signed`, {
      reason: `it says ${describeState(found)}; on record is ${describeState(recorded)}: to sign from there again may be to sign twice`,
      hint: `put the newest priv_validator_state.json back; only where this key has certainly signed nothing above height ${found.height}: chainvisor accept-validator-state --height ${found.height}`,
    });
  }
  await recordValidatorState(ctx, found);
}

/** Puts on record what the validator has signed, where it is newer. */
export async function recordValidatorState(
  { validatorState, journal }: Pick<Context, 'validatorState' | 'journal'>,
  found?: ValidatorState,
): Promise<void> {
  const state = found ?? (await readValidatorState(validatorState));
  const recorded = journal.history().validator;
  if (state === undefined || state.height === 0) return;
  if (recorded !== undefined && !isEarlier(recorded, state)) return;
  const { height, round, step } = state;
  await journal.append({ kind: 'validator', height, round, step });
}
