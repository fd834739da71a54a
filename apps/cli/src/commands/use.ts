import {
  type Current,
  type Layout,
  readCurrent,
  recordIn,
  recordPlan,
  switchCurrent,
  syncUpgrade,
} from '@chainvisor/layout';
import { readInfo } from '@chainvisor/watcher';
import { CliError } from '../errors.js';
import { layoutOf } from '../layout-of.js';
import { print } from '../output.js';
import { loadSettings } from '../settings.js';
import { targetOrNone } from '../supervise/target.js';
import { alone, whoLives } from '../use/alone.js';
import { type ChosenBinary, findBinary, moveIn } from '../use/binary.js';
import { type Choice, choiceOf, wordForTarget } from '../use/choice.js';
import { describeChosen, type Outcome } from '../use/describe.js';
import { heightOf } from '../use/height.js';
import { type ChosenPlan, planFor } from '../use/plan.js';
import { recordChoice } from '../use/record-choice.js';
import { checkOutput } from './config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `use NAME`. */
export interface UseFlags {
  readonly dryRun: boolean;
  readonly output: string;
  readonly height: string | undefined;
}

/**
 * `use NAME`: the operator's word on which binary belongs to this data. Points `current` there with the right plan beside
 * the binary, and puts the word on record: what was known of heights before no longer proves anything. May be cut off
 * anywhere and run again. Throws CliError and LayoutError; `current` is what it was then.
 */
export async function use(env: Env, configPath: string | undefined, name: string, flags: UseFlags): Promise<void> {
  const output = checkOutput(flags.output);
  const height = heightOf(flags.height);
  const { values, warnings } = await loadSettings(env, configPath);
  const layout = layoutOf(values);
  const choice = choiceOf(layout, name);
  const outcome = flags.dryRun
    ? await look(layout, choice, height)
    : await alone(layout, env, `use ${name}`, () => carryOut(layout, choice, height));
  print(describeChosen({ ...outcome, warnings: [...warnings, ...outcome.warnings] }, output));
}

/** Everything that the choice does, looked at and checked, and nothing done yet. */
interface Prepared {
  readonly choice: Choice;
  readonly current: Exclude<Current, { state: 'not-a-link' }>;
  readonly binary: ChosenBinary;
  readonly plan: ChosenPlan;
}

async function look(layout: Layout, choice: Choice, height: number | undefined): Promise<Outcome> {
  const prepared = await prepare(layout, choice, height);
  const { warnings, ...outcome } = outcomeOf(prepared, true);
  const alive = await whoLives(layout);
  const refused = alive === undefined ? [] : [`without --dry-run this would be refused: ${alive}`];
  return { ...outcome, warnings: [...warnings, ...refused] };
}

async function carryOut(layout: Layout, choice: Choice, height: number | undefined): Promise<Outcome> {
  const prepared = await prepare(layout, choice, height);
  const { dir, target } = choice;
  // In this order: cut off before the link is renamed, the old binary has nothing but its heights to prove again; and
  // where there is no link to go by, the next start makes it of the record.
  await moveIn(layout, choice, prepared.binary);
  await syncUpgrade(layout, dir);
  if (prepared.plan.bytes !== undefined) await recordPlan(layout, dir, prepared.plan.bytes);
  const closed = await recordChoice(layout, target);
  await switchCurrent(layout, dir);
  const outcome = outcomeOf(prepared, false);
  return { ...outcome, warnings: [...outcome.warnings, ...closed] };
}

async function prepare(layout: Layout, choice: Choice, height: number | undefined): Promise<Prepared> {
  const current = await readCurrent(layout);
  if (current.state === 'not-a-link') {
    throw new CliError('disk', `${layout.current} is a ${current.kind}, not a link`, { hint: 'move it away' });
  }
  const binary = await findBinary(layout, choice);
  const [file, record] = await Promise.all([readInfo(layout.upgradeInfo), readInfo(recordIn(choice.dir))]);
  const fileIsItsOwn = file.state === 'plan' && targetOrNone(layout, file.plan) === choice.target;
  const word = wordForTarget(layout, choice.target);
  const plan = planFor({ choice, word, fileIsItsOwn, file, record, height });
  return { choice, current, binary, plan };
}

function outcomeOf({ choice, current, binary, plan }: Prepared, dryRun: boolean): Outcome {
  const from = current.state === 'absent' ? undefined : current.target;
  const moves = from !== choice.target || current.state !== 'linked';
  return {
    from,
    to: choice.target,
    binary: binary.path,
    plan: plan.plan,
    dryRun,
    changed: moves || plan.bytes !== undefined || binary.misplaced,
    warnings: plan.warnings,
  };
}
