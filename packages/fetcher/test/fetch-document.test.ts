import { expect, test } from 'vitest';
import { waitFor } from '@chainvisor/testkit';
import { fetchDocument } from '../src/index.js';
import { asked, document, failure, hashOf, limits, releases } from './network.js';

test('fetches a text, and says where from and what its hash is', async () => {
  const server = await releases();
  const url = server.serve('/info.json', { body: '\uFEFF{"binaries":{}}', type: 'application/json' });
  expect(await document(`${url}?token=secret`)).toEqual({
    text: '{"binaries":{}}',
    source: `${url}?token=***`,
    sha256: hashOf('sha256', '\uFEFF{"binaries":{}}'),
  });
  expect(asked(server)).toEqual(['/info.json?token=secret']);
  expect(server.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'chainvisor' });
});

test('tells how far it is, with the whole where the server tells it', async () => {
  const server = await releases();
  const seen: unknown[] = [];
  const onProgress = (progress: unknown): void => void seen.push(progress);
  await document(server.serve('/known', 'abc'), { onProgress });
  await document(server.serve('/unknown', { body: 'abc', chunked: true }), { onProgress });
  expect(seen).toEqual([
    { phase: 'download', bytes: 3, total: 3 },
    { phase: 'download', bytes: 3 },
  ]);
});

test.each([404, 410])(
  'reports %i as not found, with the address and without its secrets, and asks once',
  async (status) => {
    const server = await releases();
    const url = server.serve('/palomad.tar.gz', { status, body: 'gone' }).replace('://', '://me:hidden@');
    const error = await failure(document(`${url}?token=hidden`, { attempts: 5 }), 'FETCHER_NOT_FOUND');
    expect(error.message).toBe(`${server.url}/palomad.tar.gz?token=***: not found (HTTP ${status})`);
    expect(error.transient).toBe(false);
    expect(server.requests).toHaveLength(1);
  },
);

test.each([204, 206, 304, 400, 401, 403])('takes no %i for a success, and does not try again', async (status) => {
  const server = await releases();
  const url = server.serve('/file', { status, headers: status === 206 ? { 'content-range': 'bytes 0-2/3' } : {} });
  const attempt = document(url, { attempts: status === 206 ? 1 : 3 });
  const error = await failure(attempt, status === 206 ? 'FETCHER_RANGE_WRONG' : 'FETCHER_STATUS');
  expect(error.message).toContain(url);
  expect(server.requests).toHaveLength(1);
});

test.each([408, 425, 429, 500, 502, 503])('tries again after %i', async (status) => {
  const server = await releases();
  const reasons: string[] = [];
  const url = server.serve('/file', { status }, { status }, 'good');
  const onRetry = ({ attempt, reason }: { attempt: number; reason: string }): void =>
    void reasons.push(`${attempt} ${reason}`);
  expect((await document(url, { attempts: 3, onRetry })).text).toBe('good');
  expect(reasons).toEqual([`1 ${url}: HTTP ${status}`, `2 ${url}: HTTP ${status}`]);
});

test('gives up after the last attempt, with what that one met', async () => {
  const server = await releases();
  const url = server.serve('/file', { status: 500 }, { status: 503 }, 'good');
  expect((await failure(document(url, { attempts: 2 }), 'FETCHER_STATUS')).message).toBe(`${url}: HTTP 503`);
  expect(server.requests).toHaveLength(2);
});

test('waits a second, then twice as long after each failure', async () => {
  const server = await releases();
  const control = new AbortController();
  const waits: number[] = [];
  const onRetry = ({ waitMs }: { waitMs: number }): void => {
    if (waits.push(waitMs) === 3) control.abort();
  };
  const url = server.serve('/file', { status: 503 });
  const access = { env: {}, attempts: 9, signal: control.signal, onRetry };
  const fetching = fetchDocument({
    url,
    requireChecksum: false,
    allowWeakChecksum: false,
    limits: limits(),
    ...access,
  });
  await failure(fetching, 'FETCHER_ABORTED');
  expect(waits).toEqual([1000, 2000, 4000]);
  expect(server.requests).toHaveLength(3);
});

test.each([
  ['7', 5, 7000],
  ['7', 9000, 9000],
  ['86400', 5, 120_000],
  ['Thu, 01 Jan 2026 00:00:00 GMT', 5, 5],
  ['soon', 5, 5],
])('waits as long as the server asks, where that is longer: Retry-After %s beside %i ms', async (after, own, waits) => {
  const server = await releases();
  const control = new AbortController();
  const url = server.serve('/file', { status: 429, headers: { 'retry-after': after } });
  const seen: number[] = [];
  // Ends the pause as soon as it has begun: what counts is how long it would have been.
  const onRetry = ({ waitMs }: { waitMs: number }): void => {
    seen.push(waitMs);
    control.abort();
  };
  await failure(document(url, { attempts: 2, signal: control.signal, backoff: () => own, onRetry }), 'FETCHER_ABORTED');
  expect(seen).toEqual([waits]);
  expect(server.requests).toHaveLength(1);
});

test('reports who does not answer', async () => {
  const server = await releases();
  await server.close();
  const reasons: string[] = [];
  const attempt = document(`${server.url}/file`, { attempts: 2, onRetry: ({ reason }) => void reasons.push(reason) });
  const error = await failure(attempt, 'FETCHER_NETWORK');
  expect(error.message).toMatch(/^http:\/\/127.*\/file: .*ECONNREFUSED/);
  expect(error.hint).toContain('check the connection');
  expect(reasons).toHaveLength(1);
});

test('a server that says nothing has stalled after the idle time', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: '', stall: 'headers' }, 'good');
  const error = await failure(document(url, { limits: { idle: 300 } }), 'FETCHER_STALLED');
  expect(error.message).toBe(`${url} stalled: no answer from ${new URL(url).host} for 300 ms`);
  expect(error.transient).toBe(true);
  await waitFor('the connection to be closed', () => server.requests[0]?.done);
});

test('so has one that stops in the middle', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: 'abcdef', stall: 3 });
  const error = await failure(document(url, { limits: { idle: 300 } }), 'FETCHER_STALLED');
  expect(error.message).toBe(`${url} stalled: nothing arrived for 300 ms`);
  await waitFor('the connection to be closed', () => server.requests[0]?.done);
});

test('one that drips never stalls, and ends with the time', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: 'a'.repeat(100_000), drip: 20 });
  let arrived = 0;
  const attempt = document(url, {
    limits: { time: 1500, idle: 60_000 },
    onProgress: ({ bytes }) => (arrived = bytes),
  });
  const error = await failure(attempt, 'FETCHER_TIMEOUT');
  expect(error.message).toBe(`${url} took longer than 1500 ms`);
  expect(error.transient).toBe(true);
  expect(arrived).toBeGreaterThan(1);
  await waitFor('the connection to be closed', () => server.requests[0]?.done);
});

test('fetches no more bytes than the limit, announced or not', async () => {
  const server = await releases();
  const large = server.serve('/large', 'x'.repeat(11));
  const error = await failure(document(large, { limits: { bytes: 10 }, attempts: 3 }), 'FETCHER_TOO_LARGE');
  expect(error.message).toBe(`${large} is too large: 11 bytes, at most 10 are fetched`);

  const endless = server.serve('/endless', { body: 'x'.repeat(10_000), endless: true });
  let arrived = 0;
  const attempt = document(endless, { attempts: 3, onProgress: ({ bytes }) => (arrived = bytes) });
  await failure(attempt, 'FETCHER_TOO_LARGE');
  expect(arrived).toBeLessThanOrEqual(1_000_000);
  await waitFor('the connections to be closed', () => server.requests.every(({ done }) => done));
  expect(asked(server)).toEqual(['/large', '/endless']);

  const exact = server.serve('/exact', { body: 'x'.repeat(10), chunked: true });
  expect((await document(exact, { limits: { bytes: 10 } })).text).toHaveLength(10);
});

test('refuses what is empty, and what is no text', async () => {
  const server = await releases();
  expect((await failure(document(server.serve('/empty', '')), 'FETCHER_CONTENT_INVALID')).message).toBe(
    `${server.url}/empty is empty`,
  );
  const binary = server.serve('/binary', Uint8Array.of(0x1f, 0x8b, 0x08));
  expect((await failure(document(binary), 'FETCHER_CONTENT_INVALID')).message).toContain('not UTF-8');
});

test('a length that is too short leaves a part, which only a checksum tells', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: '0123456789', announce: 8 });
  const error = await failure(
    document(url, { checksum: `sha256:${hashOf('sha256', '0123456789')}` }),
    'FETCHER_CHECKSUM_MISMATCH',
  );
  expect(error.message).toContain('of 8 bytes');
});

test.each([
  ['limits.bytes', { limits: { bytes: 0 } }, 'bytes is 0: expected a whole number from 1 on'],
  ['limits.time', { limits: { time: Infinity } }, 'time is Infinity: expected milliseconds from 1 to 2147483647'],
  ['limits.idle', { limits: { idle: 2 ** 31 } }, 'idle is 2147483648: expected milliseconds'],
  ['limits.redirects', { limits: { redirects: -1 } }, 'redirects is -1: expected a whole number from 0 on'],
  ['limits.entries', { limits: { entries: 1.5 } }, 'entries is 1.5'],
  ['limits.unpackedBytes', { limits: { unpackedBytes: Number.NaN } }, 'unpackedBytes is NaN'],
  ['limits.ratio', { limits: { ratio: 0.5 } }, 'ratio is 0.5: expected a number from 1 on'],
  ['attempts', { attempts: 0 }, 'attempts is 0'],
])('names an option that makes no sense: %s', async (_, options, message) => {
  const server = await releases();
  const error = await failure(document(server.serve('/file', 'x'), options), 'FETCHER_OPTION_INVALID');
  expect(error.message).toContain(message);
  expect(server.requests).toEqual([]);
});
