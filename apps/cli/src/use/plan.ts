import type { Plan } from '@chainvisor/plan';
import type { InfoFact } from '@chainvisor/watcher';
import { CliError } from '../errors.js';
import type { Choice } from './choice.js';

/** What the plan of a choice rests on. */
export interface PlanFacts {
  readonly choice: Choice;
  /** The word that names the choice, to be typed. */
  readonly word: string;
  /** Whether the plan that data/upgrade-info.json names belongs to the very directory. */
  readonly fileIsItsOwn: boolean;
  /** Whether that plan is known to come after the choice, as that of data which a backup before an upgrade brought. */
  readonly fileIsNext: boolean;
  /** data/upgrade-info.json */
  readonly file: InfoFact;
  /** upgrade-info.json beside the binary. */
  readonly record: InfoFact;
  /** The height of the upgrade as the operator knows it. */
  readonly height: number | undefined;
}

/** Which plan a chosen binary stands for. */
export interface ChosenPlan {
  /** Undefined where none is known: the next one that the node writes is then the next. */
  readonly plan: Plan | undefined;
  /** What is to be placed beside the binary; undefined where what is there stays. */
  readonly bytes: Uint8Array | undefined;
  /** What the operator should know of the node's file. */
  readonly warnings: readonly string[];
}

/**
 * Which plan is to stand beside a chosen binary. The policy compares it with the node's file, and never switches to an
 * older one: without it, a file of another plan would be upgraded to whether it came before or after. In this order: the
 * node's file where it is of that directory, what is recorded there, the operator's own word. Throws CliError `usage`.
 */
export function planFor(facts: PlanFacts): ChosenPlan {
  const { choice, file, record, height, fileIsItsOwn } = facts;
  if (choice.plan === undefined) return forGenesis(facts);
  const own = fileIsItsOwn && file.state === 'plan' ? file : undefined;
  const known = own ?? (record.state === 'plan' ? record : undefined);
  if (known !== undefined) {
    if (height !== undefined && height !== known.plan.height) throw contradiction(facts, known.plan, height);
    const isThere = own === undefined || (record.state === 'plan' && sameBytes(own.bytes, record.bytes));
    return { plan: known.plan, bytes: isThere ? undefined : own.bytes, warnings: onFile(facts, known.plan) };
  }
  if (height === undefined) {
    if (file.state === 'plan' && !facts.fileIsNext) throw unknownOrder(facts, file.plan);
    return { plan: undefined, bytes: undefined, warnings: [...onRecord(facts), ...onFile(facts, undefined)] };
  }
  const plan: Plan = { name: choice.plan, height, info: '' };
  if (file.state === 'plan' && file.plan.height === height) throw sameHeight(plan, file.plan);
  const bytes = Buffer.from(JSON.stringify({ name: plan.name, height }));
  return { plan, bytes, warnings: onFile(facts, plan) };
}

/** Every plan comes after it: there is no order to be known. */
function forGenesis(facts: PlanFacts): ChosenPlan {
  if (facts.height !== undefined) {
    throw new CliError('usage', '--height is the height of an upgrade, and genesis is none', {
      hint: 'leave --height out, or name the upgrade',
    });
  }
  const plan = facts.record.state === 'plan' ? facts.record.plan : undefined;
  return { plan, bytes: undefined, warnings: [...onRecord(facts), ...onFile(facts, plan)] };
}

/** What the node's file says beside the plan that was chosen. */
function onFile({ file, fileIsItsOwn, choice }: PlanFacts, chosen: Plan | undefined): string[] {
  if (file.state === 'unreadable') return [`upgrade-info.json cannot be read: ${file.error.message}`];
  if (file.state !== 'plan' || fileIsItsOwn) return [];
  const named = `upgrade-info.json names ${describe(file.plan)}`;
  return chosen !== undefined && file.plan.height < chosen.height
    ? [`${named}, older than ${describe(chosen)} that ${choice.target} is for: it is left alone`]
    : [`${named}: that upgrade is carried out once its height is proven to be reached`];
}

function onRecord({ record }: PlanFacts): string[] {
  return record.state === 'unreadable' ? [`the plan beside the binary cannot be read: ${record.error.message}`] : [];
}

function contradiction({ choice, file, fileIsItsOwn }: PlanFacts, known: Plan, height: number): CliError {
  const source =
    fileIsItsOwn && file.state === 'plan' ? 'data/upgrade-info.json' : `${choice.target}/upgrade-info.json`;
  return new CliError('usage', `--height ${height} contradicts ${source}, which says ${describe(known)}`, {
    hint: `leave --height out where ${known.height} is right; else move that file away, and type this again`,
  });
}

function sameHeight(plan: Plan, other: Plan): CliError {
  return new CliError('usage', `${describe(plan)} cannot be: upgrade-info.json names ${describe(other)}`, {
    reason: 'a chain has one upgrade at a height',
    hint: `give the height of the upgrade ${JSON.stringify(plan.name)} itself`,
  });
}

function unknownOrder({ choice, word }: PlanFacts, other: Plan): CliError {
  const name = JSON.stringify(choice.plan);
  return new CliError(
    'usage',
    `upgrade-info.json names ${describe(other)}, and whether ${name} comes before or after it is not known`,
    {
      reason: `${choice.target} has no upgrade-info.json of its own; to guess the order wrongly is to switch backwards later`,
      hint: `look up in the chain's history at which height the upgrade ${name} was, and type: chainvisor use ${word} --height <that height>`,
    },
  );
}

function describe({ name, height }: Plan): string {
  return `${JSON.stringify(name)} at height ${height}`;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
