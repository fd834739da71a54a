import { ask } from './ask.js';
import { unreachable, type Question, type Unreachable } from './question.js';
import { member, wholeNumber } from './shape.js';

/**
 * What `/status` says. `height` is that of the block store: at a halt one more than the application has executed.
 * `nodeId` is 40 lower-case hexadecimal digits; compare it with `readNodeId` before believing the rest, because another
 * chain's node may have the port. `version` is CometBFT's.
 */
export type StatusReading =
  | {
      readonly reachable: true;
      readonly nodeId: string;
      readonly network: string;
      readonly height: number;
      readonly catchingUp: boolean;
      readonly version: string;
      /** When the last stored block was made, in milliseconds since 1970; left out before the first one. */
      readonly blockTime?: number;
      /** Milliseconds from block to block, on average over all that are stored; left out where that are fewer than two. */
      readonly blockInterval?: number;
    }
  | Unreachable;

/** Asks for `/status`. Bounded in time and size; never throws: not being reachable is a reading. */
export async function askStatus(question: Question): Promise<StatusReading> {
  const answer = await ask(question, { path: '/status', limit: 1 });
  if (!answer.reachable) return unreachable(answer.reason);
  const node = member(answer.result, 'node_info');
  const sync = member(answer.result, 'sync_info');
  const nodeId = member(node, 'id');
  const network = member(node, 'network');
  const version = member(node, 'version') ?? '';
  const height = wholeNumber(member(sync, 'latest_block_height'));
  const catchingUp = member(sync, 'catching_up');
  if (
    typeof nodeId !== 'string' ||
    !/^[0-9a-f]{40}$/i.test(nodeId) ||
    typeof network !== 'string' ||
    typeof version !== 'string' ||
    height === undefined ||
    typeof catchingUp !== 'boolean'
  ) {
    return unreachable('the answer to /status is not that of a CometBFT node');
  }
  return {
    reachable: true,
    nodeId: nodeId.toLowerCase(),
    network,
    height,
    catchingUp,
    version,
    ...timesOf(sync, height),
  };
}

function timesOf(sync: unknown, height: number): { readonly blockTime?: number; readonly blockInterval?: number } {
  const last = timeOf(member(sync, 'latest_block_time'));
  if (last === undefined) return {};
  const first = timeOf(member(sync, 'earliest_block_time'));
  const blocks = height - (wholeNumber(member(sync, 'earliest_block_height')) ?? height);
  if (first === undefined || blocks < 1 || last <= first) return { blockTime: last };
  return { blockTime: last, blockInterval: (last - first) / blocks };
}

/** Go's zero time, or that of 1970, is no block's. */
function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return time > 0 ? time : undefined;
}
