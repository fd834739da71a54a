import { FetcherError, throwIfAborted } from './errors.js';
import type { FetchAccess, FetchLimits } from './options.js';
import { readContentRange, validatorOf } from './range.js';
import type { Received } from './received.js';
import { type Answer, networkError, request } from './request.js';
import type { Source } from './source.js';
import { statusError } from './status.js';
import { type Watch, watchAttempt } from './watch.js';

export interface ReceiveOptions extends FetchAccess {
  readonly limits: FetchLimits;
}

/**
 * One attempt: fetches the rest where the server can be held to the same file, all of it otherwise. What arrived before a
 * failure is kept for the next attempt, unless the server has shown that it is of no use.
 */
export async function receive(source: Source, received: Received, options: ReceiveOptions): Promise<void> {
  const watch = watchAttempt(source.shown, options.limits, options.signal);
  try {
    const range: Record<string, string> = {};
    if (received.bytes > 0 && received.validator !== undefined) {
      range['range'] = `bytes=${received.bytes}-`;
      range['if-range'] = received.validator;
    } else {
      await received.restart();
    }
    const answer = await request(source, { ...options, watch, range });
    try {
      await begin(answer, received, 'range' in range);
      await readBody(answer, received, options, watch);
    } finally {
      answer.body.destroy();
      await answer.close();
    }
  } finally {
    watch.end();
  }
}

/** Whether the answer goes on where the last one ended, or is another beginning. */
async function begin(answer: Answer, received: Received, asked: boolean): Promise<void> {
  if (answer.status === 206) {
    const problem = asked ? wrongRange(answer, received) : 'nobody asked for a part';
    if (problem === undefined) {
      received.resumed = true;
      return;
    }
    await received.restart();
    throw rangeWrong(answer, problem);
  }
  if (answer.status === 416 && asked) {
    await received.restart();
    throw rangeWrong(answer, 'it has no such part');
  }
  if (answer.status !== 200) throw statusError(answer);

  await received.restart();
  const length = answer.header('content-length');
  received.total = length === undefined ? undefined : Number(length);
  received.validator = validatorOf(answer);
}

function wrongRange(answer: Answer, received: Received): string | undefined {
  const value = answer.header('content-range');
  const range = readContentRange(value);
  if (range === undefined) return `it sent Content-Range ${JSON.stringify(value ?? '')}`;
  const { start, end, total } = range;
  if (start !== received.bytes || end !== total - 1) {
    return `bytes ${received.bytes} to the end were asked for, ${String(value)} was sent`;
  }
  if (received.total !== undefined && total !== received.total) {
    return `the file had ${received.total} bytes and has ${total} now`;
  }
  const etag = answer.header('etag')?.trim();
  if (received.validator?.startsWith('"') === true && etag !== undefined && etag !== received.validator) {
    return 'the file has changed meanwhile';
  }
  received.total = total;
  return undefined;
}

function rangeWrong(answer: Answer, problem: string): FetcherError {
  return new FetcherError('FETCHER_RANGE_WRONG', `${answer.shown} cannot be resumed: ${problem}`, {
    transient: true,
    hint: 'the server, or a proxy on the way, answers requests for a part wrongly: try again from the beginning',
  });
}

async function readBody(answer: Answer, received: Received, options: ReceiveOptions, watch: Watch): Promise<void> {
  const { limits, onProgress } = options;
  const { shown } = answer;
  const total = received.total;
  if (total !== undefined && total > limits.bytes) throw tooLarge(shown, `${total} bytes`, limits);

  const chunks = answer.body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  for (;;) {
    const next = await nextChunk(chunks, shown, received, watch);
    if (next === undefined) break;
    if (received.bytes + next.length > limits.bytes)
      throw tooLarge(shown, `more than ${limits.bytes} bytes arrived`, limits);
    if (total !== undefined && received.bytes + next.length > total) {
      await received.restart();
      throw rangeWrong(answer, `more than the ${total} bytes arrived that the file has`);
    }
    await received.add(next);
    throwIfAborted(options.signal);
    onProgress?.({ phase: 'download', bytes: received.bytes, ...(total === undefined ? {} : { total }) });
  }
  if (total !== undefined && received.bytes !== total) {
    const message = `${shown} ended after ${received.bytes} of ${total} bytes`;
    throw new FetcherError('FETCHER_NETWORK', message, { transient: true });
  }
  if (received.bytes === 0) throw new FetcherError('FETCHER_CONTENT_INVALID', `${shown} is empty`);
}

async function nextChunk(
  chunks: AsyncIterator<Uint8Array, undefined>,
  shown: string,
  received: Received,
  watch: Watch,
): Promise<Uint8Array | undefined> {
  try {
    return (await watch.waiting('nothing arrived', () => chunks.next())).value;
  } catch (error) {
    throw networkError(`${shown}, after ${received.bytes} bytes`, error, watch);
  }
}

function tooLarge(shown: string, size: string, limits: FetchLimits): FetcherError {
  return new FetcherError('FETCHER_TOO_LARGE', `${shown} is too large: ${size}, at most ${limits.bytes} are fetched`, {
    hint: 'if a file of that size is expected, fetch it by hand and put the binary in place',
  });
}
