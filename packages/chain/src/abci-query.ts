import { ask } from './ask.js';
import { oneLine } from './one-line.js';
import { unreachable, type Question, type Unreachable } from './question.js';
import { isRecord, member, wholeNumber } from './shape.js';

/** Enough for ten proposals, each as large as CometBFT's mempool lets a transaction be (1 MiB), in base64. */
const LIMIT_MIB = 16;

/** What the application answered, as of the block of this height. */
export interface QueryAnswer {
  readonly reachable: true;
  readonly value: Uint8Array;
  readonly height: number;
}

/** The node is there, but its application does not answer the question; `unknown` where it does not know the path at all. */
export interface Refusal extends Unreachable {
  readonly refused: true;
  readonly unknown: boolean;
}

/**
 * Asks the application through `abci_query`, which every node serves. By POST, so that no cache between answers.
 * Bounded in time and size; never throws.
 */
export async function abciQuery(
  question: Question,
  path: string,
  data: Uint8Array,
): Promise<QueryAnswer | Refusal | Unreachable> {
  const params = { path, data: Buffer.from(data).toString('hex'), height: '0', prove: false };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'abci_query', params });
  const answer = await ask(question, { path: '/', body, limit: LIMIT_MIB });
  if (!answer.reachable) return answer;
  const response = member(answer.result, 'response');
  // CometBFT leaves out what is zero or empty, or writes null.
  const code = wholeNumber(member(response, 'code') ?? 0);
  const value = bytesOf(member(response, 'value') ?? '');
  const height = wholeNumber(member(response, 'height') ?? 0);
  if (!isRecord(response) || code === undefined || value === undefined || height === undefined) {
    return unreachable('the answer to abci_query is not that of a CometBFT node');
  }
  return code === 0 ? { reachable: true, value, height } : refusal(path, code, response);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return undefined;
  return Buffer.from(value, 'base64');
}

function refusal(path: string, code: number, response: unknown): Refusal {
  const [log, codespace] = [member(response, 'log'), member(response, 'codespace')];
  const text = typeof log === 'string' && log !== '' ? `: ${oneLine(log, 200)}` : '';
  return {
    reachable: false,
    refused: true,
    // ErrUnknownRequest of the SDK, which its router gives for a path that no module has.
    unknown: code === 6 && codespace === 'sdk',
    reason: `the node refuses ${path}: code ${code}${text}`,
  };
}
