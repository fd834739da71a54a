import { type Current, type Layout, readCurrent } from '@chainvisor/layout';
import { CliError } from '../errors.js';
import { layoutOf } from '../layout-of.js';
import { print } from '../output.js';
import { loadSettings } from '../settings.js';
import { alone, whoLives } from '../use/alone.js';
import { type ChosenBinary, findBinary } from '../use/binary.js';
import { type Choice, choiceOf } from '../use/choice.js';
import { describeChosen, type Outcome } from '../use/describe.js';
import { heightOf } from '../use/height.js';
import type { ChosenPlan } from '../use/plan.js';
import { planOf, pointTo } from '../use/point-to.js';
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
  const closed = await pointTo(layout, choice, prepared);
  const outcome = outcomeOf(prepared, false);
  return { ...outcome, warnings: [...outcome.warnings, ...closed] };
}

async function prepare(layout: Layout, choice: Choice, height: number | undefined): Promise<Prepared> {
  const current = await readCurrent(layout);
  if (current.state === 'not-a-link') {
    throw new CliError('disk', `${layout.current} is a ${current.kind}, not a link`, { hint: 'move it away' });
  }
  const binary = await findBinary(layout, choice);
  const plan = await planOf(layout, choice, { upgradeInfo: layout.upgradeInfo, height });
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
