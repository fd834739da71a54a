import type { Plan } from '@chainvisor/plan';
import { abciQuery } from './abci-query.js';
import { readPlan } from './plan-message.js';
import { bytesOf, messageOf, readFields } from './protobuf.js';
import { unreachable, type Question, type Unreachable } from './question.js';

const PATH = '/cosmos.upgrade.v1beta1.Query/CurrentPlan';

/**
 * The upgrade that the chain has scheduled, undefined where there is none, as of the block of this height: the last one
 * that the application has executed. Proposals pass, are cancelled and overwrite each other: only the latest reading
 * counts. At a halt the plan is still there.
 */
export type CurrentPlanReading =
  { readonly reachable: true; readonly plan: Plan | undefined; readonly height: number } | Unreachable;

/**
 * Asks for the plan of x/upgrade. Bounded in time and size; never throws. A plan that no node of SDK 0.43 or later acts
 * on (one with a time, or a height past 2^53 - 1) is not "none": the reason names it.
 */
export async function askCurrentPlan(question: Question): Promise<CurrentPlanReading> {
  const answer = await abciQuery(question, PATH, new Uint8Array());
  if (!answer.reachable) return unreachable(answer.reason);
  const { value, height } = answer;
  const fields = readFields(value);
  const message = fields && messageOf(fields, 1);
  if (fields === undefined || message === undefined) return unreachable(`the answer to ${PATH} cannot be read`);
  if (bytesOf(fields, 1).length === 0) return { reachable: true, plan: undefined, height };
  const plan = readPlan(message);
  if (typeof plan === 'string') return unreachable(`the chain's plan cannot be used: ${plan}`);
  return { reachable: true, plan, height };
}
