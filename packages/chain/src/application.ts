import { ask } from './ask.js';
import { unreachable, type Question, type Unreachable } from './question.js';
import { isRecord, member, wholeNumber } from './shape.js';

/** What `/abci_info` says: the height the application has committed, and the application's version. */
export type ApplicationReading =
  { readonly reachable: true; readonly height: number; readonly version: string } | Unreachable;

/** Asks for `/abci_info`. Bounded in time and size; never throws: not being reachable is a reading. */
export async function askApplication(question: Question): Promise<ApplicationReading> {
  const answer = await ask(question, { path: '/abci_info', limit: 1 });
  if (!answer.reachable) return unreachable(answer.reason);
  const response = member(answer.result, 'response');
  // CometBFT leaves out what is zero or empty.
  const height = wholeNumber(member(response, 'last_block_height') ?? 0);
  const version = member(response, 'version') ?? '';
  if (!isRecord(response) || height === undefined || typeof version !== 'string') {
    return unreachable('the answer to /abci_info is not that of a CometBFT node');
  }
  return { reachable: true, height, version };
}
