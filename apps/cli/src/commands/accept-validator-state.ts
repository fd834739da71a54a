import { readValidatorState, type ValidatorState, validatorStateFile } from '@chainvisor/chain';
import { CliError } from '../errors.js';
import type { History } from '../journal/history.js';
import { layoutOf } from '../layout-of.js';
import { print } from '../output.js';
import { loadSettings } from '../settings.js';
import { describeState, isEarlier } from '../supervise/validator-state.js';
import { alone } from '../use/alone.js';
import { heightOf } from '../use/height.js';
import { withJournal } from '../use/with-journal.js';
import { checkOutput } from './config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `accept-validator-state`. */
export interface AcceptFlags {
  readonly output: string;
  /** The height that the file says now, so that nobody accepts what he has not read. */
  readonly height: string | undefined;
}

/**
 * `accept-validator-state`: the operator's word that a validator state older than the one on record is to be signed from
 * (invariant A8). Where nothing is older it says so and changes nothing. Throws CliError `validatorState` where the height
 * is still to be given, `usage` where it is another than the file's.
 */
export async function acceptValidatorState(
  env: Env,
  configPath: string | undefined,
  flags: AcceptFlags,
): Promise<void> {
  const output = checkOutput(flags.output);
  const height = acceptedHeight(flags.height);
  const { values } = await loadSettings(env, configPath);
  const layout = layoutOf(values);
  const file = await validatorStateFile(layout.home);
  const told = await alone(layout, env, 'accept-validator-state', () =>
    withJournal(layout, async (journal) => {
      const recorded = journal.history().validator;
      const present = await readValidatorState(file);
      if (present === undefined) throw unreadable(file);
      const lower = recorded !== undefined && isEarlier(present, recorded);
      if (lower) {
        confirm(file, recorded, present, height);
        await journal.append({ kind: 'validator', ...triple(present) });
      }
      return { recorded: recorded === undefined ? null : triple(recorded), present: triple(present), accepted: lower };
    }),
  );
  if (output === 'json') print(JSON.stringify(told));
  else print(asText(file, told));
}

/** Height 0 is one that a file may well say: a new one does. */
function acceptedHeight(text: string | undefined): number | undefined {
  return text === '0' ? 0 : heightOf(text);
}

interface Told {
  readonly recorded: ValidatorState | null;
  readonly present: ValidatorState;
  /** Whether the present state was older, and is on record now. */
  readonly accepted: boolean;
}

function asText(file: string, { recorded, present, accepted }: Told): string {
  const says = `${file} says ${describeState(present)}`;
  if (recorded === null) return `nothing to accept: ${says}, and nothing is on record`;
  const record = `on record ${accepted ? 'was' : 'is'} ${describeState(recorded)}`;
  return accepted
    ? `accepted: ${says}; ${record}\nthe validator signs from there: what it may have signed above is not known any more`
    : `nothing to accept: ${says}, not older than what is on record\n${record}`;
}

/** Throws where the operator has not named the height that the file says. */
function confirm(
  file: string,
  recorded: NonNullable<History['validator']>,
  present: ValidatorState,
  height: number | undefined,
): void {
  if (height === present.height) return;
  const reason = [
    `on record is ${describeState(recorded)}: this key has signed up to there`,
    'the file is all that keeps it from signing those heights a second time, for which the chain slashes the stake and removes the validator for good',
  ].join('\n');
  const safe = `put the newest priv_validator_state.json back; where it is lost, write the height, round and step that are on record into ${file}: the validator then waits until the chain is past them`;
  const accept = `only where this key has certainly signed nothing above height ${present.height} on this chain, here or elsewhere, as on a chain that was reset: chainvisor accept-validator-state --height ${present.height}`;
  const what =
    height === undefined
      ? `${file} is older than what this validator has signed: it says ${describeState(present)}`
      : `--height ${height} is not what ${file} says: ${describeState(present)}`;
  throw new CliError(height === undefined ? 'validatorState' : 'usage', what, { reason, hint: `${safe}\n${accept}` });
}

function unreadable(file: string): CliError {
  return new CliError('disk', `there is no validator state to accept: ${file}`, {
    reason: 'it is missing, or says no height, round and step',
    hint: 'put the newest priv_validator_state.json back',
  });
}

function triple({ height, round, step }: ValidatorState): ValidatorState {
  return { height, round, step };
}
