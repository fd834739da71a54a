import { decodeUtf8 } from '@chainvisor/plan';
import { abciQuery } from './abci-query.js';
import { bytesOf, readFields, type Fields } from './protobuf.js';
import { unreachable, type Question, type Unreachable } from './question.js';

const PATH = '/store/upgrade/subspace';
/** The prefix of the keys that say what is done. */
const DONE = 1;

/** An upgrade that the chain has made, and the first block of its binary. */
export interface AppliedPlan {
  readonly name: string;
  readonly height: number;
}

/** The upgrades that the chain has made, oldest first. */
export type AppliedPlansReading = { readonly reachable: true; readonly applied: readonly AppliedPlan[] } | Unreachable;

/** Asks for all upgrades that were made, in one question. Bounded in time and size; never throws. */
export async function askAppliedPlans(question: Question): Promise<AppliedPlansReading> {
  const answer = await abciQuery(question, PATH, Uint8Array.of(DONE));
  if (!answer.reachable) return unreachable(answer.reason);
  const pairs = readFields(answer.value);
  const applied = pairs && bytesOf(pairs, 1).map((pair) => readPair(readFields(pair)));
  if (applied === undefined || !applied.every((plan) => plan !== undefined)) {
    return unreachable(`the answer to ${PATH} cannot be read`);
  }
  return { reachable: true, applied: applied.sort((a, b) => a.height - b.height) };
}

/**
 * One pair of the store. From SDK 0.46 on the key holds the height before the name, and the value says no more than 1;
 * up to 0.45 the key is the name, and the value the height.
 */
function readPair(pair: Fields | undefined): AppliedPlan | undefined {
  const [key, value] = pair === undefined ? [] : [bytesOf(pair, 1).at(-1), bytesOf(pair, 2).at(-1)];
  if (key?.[0] !== DONE || value === undefined) return undefined;
  if (value.length === 8) return plan(key.subarray(1), value);
  return value.length === 1 && key.length > 9 ? plan(key.subarray(9), key.subarray(1, 9)) : undefined;
}

function plan(name: Uint8Array, bytes: Uint8Array): AppliedPlan | undefined {
  const height = Buffer.from(bytes).readBigUInt64BE();
  if (name.length === 0 || height > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return { name: decodeUtf8(name), height: Number(height) };
}
