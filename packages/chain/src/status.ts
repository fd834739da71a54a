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
  return { reachable: true, nodeId: nodeId.toLowerCase(), network, height, catchingUp, version };
}
