import { readNodeId } from './node-id.js';
import { unreachable, type Question } from './question.js';
import { askStatus, type StatusReading } from './status.js';

/**
 * Asks for `/status` of the node of a home. Whoever answers under another id than the home's `config/node_key.json` is
 * another node, as port 26657 may well be another chain's: then ours is not reachable. A home without a key, which a node
 * makes at its first start, knows no difference. Never throws.
 */
export async function askOwnStatus(home: string, question: Question): Promise<StatusReading> {
  const [id, status] = await Promise.all([readNodeId(home), askStatus(question)]);
  if (!status.reachable || id === undefined || id === status.nodeId) return status;
  return unreachable(`another node answers (${status.network}, ${status.nodeId}) than that of ${home} (${id})`);
}
