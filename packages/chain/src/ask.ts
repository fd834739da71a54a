import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { unreachable, type Question, type Unreachable } from './question.js';
import { isRecord, member } from './shape.js';

// /status has about 1 KiB, /abci_info less.
const LIMIT = 1024 * 1024;
const LONGEST_MS = 2 ** 31 - 1;

export interface Answer {
  readonly reachable: true;
  readonly result: unknown;
}

/**
 * The result of one GET request to the node's RPC server. Whatever goes wrong is an answer of its own; nothing is
 * thrown, and the socket is gone when the promise resolves.
 */
export async function ask(question: Question, path: string): Promise<Answer | Unreachable> {
  const { address } = question;
  if (address.state === 'disabled') return unreachable('the node opens no RPC server: its rpc.laddr is empty');
  if (address.state === 'invalid') return unreachable(`the RPC address cannot be used: ${address.reason}`);
  const body = await get(question, path);
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
    return unreachable(`the node answered with an error: ${(text || JSON.stringify(error)).slice(0, 200)}`);
  }
  // Sei answers without the JSON-RPC envelope.
  return { reachable: true, result: member(json, 'result') ?? json };
}

function get({ address, timeout, signal }: Question, path: string): Promise<string | Unreachable> {
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
      const common = { path, agent: false, setDefaultHeaders: false } as const;
      outgoing =
        address.state === 'unix'
          ? request({ ...common, socketPath: address.socketPath, headers: { host: 'localhost', connection: 'close' } })
          : request({ ...common, ...placeOf(address) });
      // The listener stays after the end: destroying a request that is connecting may still raise an error.
      outgoing.on('error', (error) => fail(describe(error)));
      const closed = () => fail('the connection was closed without an answer');
      outgoing.on('close', closed);
      outgoing.on('response', (response) => {
        // An answer that ends with its connection is read to its end after the request has closed.
        outgoing?.off('close', closed);
        receive(response, finish, fail);
      });
      outgoing.end();
    } catch (error) {
      fail(describe(error));
    }
  });
}

function placeOf(address: Question['address']) {
  if (address.state !== 'tcp') return {};
  const { host, port } = address;
  const name = host.includes(':') ? `[${host}]` : host;
  return { host, port, headers: { host: `${name}:${port}`, connection: 'close' } };
}

function receive(response: IncomingMessage, finish: (body: string) => void, fail: (reason: string) => void): void {
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
    if (length > LIMIT) fail('the answer is longer than 1 MiB');
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

// A timer given more than it can count, or no number, would fire at once and warn on stderr.
function bounded(timeout: number): number {
  return timeout > 0 ? Math.min(timeout, LONGEST_MS) : 0;
}
