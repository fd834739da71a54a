import type { KeepState } from '@chainvisor/backup';
import { readValidatorState, type ValidatorState, validatorStateFile } from '@chainvisor/chain';
import type { Layout } from '@chainvisor/layout';
import { errno } from '@chainvisor/report';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { CliError } from '../errors.js';
import { historyOf } from '../journal/history.js';
import { parseJournal } from '../journal/records.js';
import { realOf } from '../real-of.js';
import { describeState, isEarlier } from '../supervise/validator-state.js';

/** A state, and who tells it. */
interface Known {
  readonly state: ValidatorState;
  readonly from: 'live' | 'backup' | 'record';
}

/** What the validator signs from after a restore: the latest state that is known. */
export interface Keeping extends Known {
  /** The state's file, wherever config.toml puts it. */
  readonly file: string;
  /** Whether it lies outside the data: then the restore does not touch it. */
  readonly isOutside: boolean;
  readonly keep: KeepState;
}

/**
 * The latest state of those that the live file, the journal (invariant A8) and the backup tell, and what a restore is told of
 * them. Throws CliError `disk` where the live file does not tell it: what is on record is some minutes old after a kill, so to
 * sign from there, or from the backup's, may be to sign twice.
 */
export async function keepingOf(layout: Layout, backup: string): Promise<Keeping> {
  const file = await validatorStateFile(layout.home);
  const inside = await below(layout.data, file);
  const isOutside = inside === undefined;
  const recorded = recordedState(layout);
  const live = await readValidatorState(file);
  if (live === undefined) throw unknown(file, recorded);
  const saved = isOutside ? undefined : await readValidatorState(join(backup, inside));
  const known: Known[] = [
    { from: 'live', state: live },
    ...(recorded === undefined || isOutside ? [] : [{ from: 'record', state: recorded } as const]),
    ...(saved === undefined ? [] : [{ from: 'backup', state: saved } as const]),
  ];
  const last = known.reduce((a, b) => (isEarlier(a.state, b.state) ? b : a));
  // Where the file is outside, one in the data is nobody's; it is not to say less than the validator has signed.
  const atLeast = isOutside ? last.state : recorded;
  return {
    file,
    isOutside,
    ...last,
    keep: {
      ...(isOutside ? {} : { file: inside }),
      ...(atLeast === undefined ? {} : { atLeast: { ...atLeast, height: BigInt(atLeast.height) } }),
    },
  };
}

/**
 * The path of a file below the data directory, links to that and to the file's own directory followed: by whatever name
 * config.toml has it, it is exchanged with the data. Undefined where it lies elsewhere.
 */
async function below(data: string, file: string): Promise<string | undefined> {
  const real = await realOf(data);
  const place = await realOf(dirname(file));
  const ways = [
    [real, join(place, basename(file))],
    [data, file],
    [real, file],
  ] as const;
  return ways
    .map(([directory, found]) => relative(directory, found))
    .find((path) => path !== '' && !path.startsWith('..'));
}

function recordedState({ journal }: Layout): ValidatorState | undefined {
  let text: string;
  try {
    text = readFileSync(journal, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw new CliError('disk', `what the validator has signed is on record in ${journal}, which cannot be read`, {
      cause: error,
      hint: 'give the user that runs the node access to it',
    });
  }
  const found = historyOf(parseJournal(text).records).validator;
  return found && { height: found.height, round: found.round, step: found.step };
}

function unknown(file: string, recorded: ValidatorState | undefined): CliError {
  const last = recorded === undefined ? 'nothing is on record' : `on record is ${describeState(recorded)}`;
  return new CliError('disk', `nothing says what the validator has signed last: ${file} is missing or cannot be read`, {
    reason: `${last}, and what was signed since then is not: to sign from there, or from the backup's, may be to sign twice`,
    hint: `put the newest file back; where there is none, write one with a height that this key has certainly not signed yet, as {"height":"N","round":0,"step":0}; 0 is right only for a node that never signs`,
  });
}
