import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { oneLine } from './one-line.js';
import { tooLong, unreachable, type Question, type Unreachable } from './question.js';
import { isRecord, member } from './shape.js';

const MIB = 1024 * 1024;
const LONGEST_MS = 2 ** 31 - 1;

export interface Answer {
  readonly reachable: true;
  readonly result: unknown;
}

/** What is sent, and how long the answer may be. */
export interface Sent {
  readonly path: string;
  /** JSON; then the request is a POST. */
  readonly body?: string;
  /** MiB. */
  readonly limit: number;
}

/**
 * The result of one request to the node's RPC server. Whatever goes wrong is an answer of its own; nothing is thrown,
 * and the socket is gone when the promise resolves.
 */
export async function ask(question: Question, sent: Sent): Promise<Answer | Unreachable> {
  const { address } = question;
  if (address.state === 'disabled') return unreachable('the node opens no RPC server: its rpc.laddr is empty');
  if (address.state === 'invalid') return unreachable(`the RPC address cannot be used: ${address.reason}`);
  const body = await exchange(question, sent);
  return typeof body === 'string' ? resultOf(body) : body;
}

function resultOf(body: string): Answer | Unreachable {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return unreachable('the answer is not JSON');
  }
  if (!isRecord(json)) return unreachable('the answer is not a JSON object');
  const error = member(json, 'error');
  if (error !== undefined && error !== null) {
    const text = [member(error, 'message'), member(error, 'data')]
      .filter((part) => typeof part === 'string')
      .join(': ');
    return unreachable(`the node answered with an error: ${oneLine(text || JSON.stringify(error), 200)}`);
  }
  // Sei answers without the JSON-RPC envelope.
  return { reachable: true, result: member(json, 'result') ?? json };
}

function exchange({ address, timeout, signal }: Question, sent: Sent): Promise<string | Unreachable> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve(unreachable('the question was aborted'));
      return;
    }
    let outgoing: ClientRequest | undefined;
    let done = false;

    function finish(outcome: string | Unreachable): void {
      if (done) return;
      done = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      outgoing?.destroy();
      resolve(outcome);
    }

    function fail(reason: string): void {
      finish(unreachable(reason));
    }

    function abort(): void {
      fail('the question was aborted');
    }

    const timer = setTimeout(() => fail(`no answer within ${timeout} ms`), bounded(timeout));
    signal?.addEventListener('abort', abort);
    try {
      // No agent: CometBFT closes an idle connection after 10 s, so keeping one buys nothing between rare questions.
      const { host, ...place } = placeOf(address);
      outgoing = request({
        ...place,
        ...methodOf(sent, host),
        path: sent.path,
        agent: false,
        setDefaultHeaders: false,
      });
      // The listener stays after the end: destroying a request that is connecting may still raise an error.
      outgoing.on('error', (error) => fail(describe(error)));
      const closed = () => fail('the connection was closed without an answer');
      outgoing.on('close', closed);
      outgoing.on('response', (response) => {
        // An answer that ends with its connection is read to its end after the request has closed.
        outgoing?.off('close', closed);
        receive(response, sent.limit, finish, fail);
      });
      outgoing.end(sent.body);
    } catch (error) {
      fail(describe(error));
    }
  });
}

function placeOf(address: Question['address']): { host: string } & RequestOptions {
  if (address.state === 'unix') return { host: 'localhost', socketPath: address.socketPath };
  if (address.state !== 'tcp') return { host: '' };
  const { host, port } = address;
  return { host: `${host.includes(':') ? `[${host}]` : host}:${port}`, hostname: host, port };
}

function methodOf({ body }: Sent, host: string): RequestOptions {
  const headers = { host, connection: 'close' };
  if (body === undefined) return { method: 'GET', headers };
  return {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  };
}

function receive(
  response: IncomingMessage,
  limit: number,
  finish: (outcome: string | Unreachable) => void,
  fail: (reason: string) => void,
): void {
  response.on('error', (error) => fail(describe(error)));
  response.on('close', () => fail('the answer was cut short'));
  if (response.statusCode !== 200) {
    fail(`the server answered HTTP ${response.statusCode ?? 0}`);
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    chunks.push(chunk);
    if (length > limit * MIB) finish(tooLong(limit));
  });
  response.on('end', () => {
    if (response.complete) finish(Buffer.concat(chunks).toString('utf8'));
    else fail('the answer was cut short');
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An AggregateError, one attempt for each address of a name, has a code but no message.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/** What setTimeout takes: given more than it can count, or no number, it would fire at once and warn on stderr. */
export function bounded(timeout: number): number {
  return timeout > 0 ? Math.min(timeout, LONGEST_MS) : 0;
}
