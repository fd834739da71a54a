import { getEventListeners } from 'node:events';
import { type ReleaseServer, waitFor } from '@chainvisor/testkit';
import { expect, test } from 'vitest';
import { asked, document, failure, hashOf, releases } from './network.js';

const sha256 = hashOf('sha256', 'binary');
const reason = new Error('the operator stopped it');

/** Aborts once the last of the paths was asked for, and expects that to be all, and every connection to be closed. */
async function abortsAt(server: ReleaseServer, url: string, paths: readonly string[]): Promise<void> {
  const control = new AbortController();
  const fetching = failure(document(url, { signal: control.signal, attempts: 9 }), 'FETCHER_ABORTED');
  await waitFor('the request', () => server.requests.length === paths.length);
  control.abort(reason);
  const error = await fetching;
  expect(error.cause).toBe(reason);
  expect(error.transient).toBe(false);
  await waitFor('the connections to be closed', () => server.requests.every(({ done }) => done));
  expect(asked(server)).toEqual(paths);
}

test('aborts before anything is asked', async () => {
  const server = await releases();
  const signal = AbortSignal.abort(reason);
  const error = await failure(document(server.serve('/f', 'x'), { signal }), 'FETCHER_ABORTED');
  expect(error.cause).toBe(reason);
  expect(server.requests).toEqual([]);
});

test('aborts while the answer is waited for', async () => {
  const server = await releases();
  await abortsAt(server, server.serve('/f', { body: '', stall: 'headers' }), ['/f']);
});

test('aborts while the answer of a redirect is waited for', async () => {
  const server = await releases();
  server.serve('/g', { body: '', stall: 'headers' });
  await abortsAt(server, server.serve('/f', { redirect: '/g' }), ['/f', '/g']);
});

test('aborts while the list of checksums is fetched', async () => {
  const server = await releases();
  const list = server.serve('/sums', { body: sha256, stall: 10 });
  await abortsAt(server, `${server.serve('/f', 'binary')}?checksum=file:${list}`, ['/sums']);
});

test('aborts in the middle of the file', async () => {
  const server = await releases();
  const control = new AbortController();
  const url = server.serve('/f', { body: 'binary', stall: 3 });
  const onProgress = (): void => control.abort(reason);
  const error = await failure(document(url, { signal: control.signal, onProgress, attempts: 9 }), 'FETCHER_ABORTED');
  expect(error.cause).toBe(reason);
  await waitFor('the connection to be closed', () => server.requests[0]?.done);
  expect(asked(server)).toEqual(['/f']);
});

test('aborts in the pause before the next attempt', async () => {
  const server = await releases();
  const control = new AbortController();
  const error = await failure(
    document(server.serve('/f', { status: 503 }), {
      signal: control.signal,
      attempts: 9,
      backoff: () => 3_600_000,
      onRetry: () => void setImmediate(() => control.abort(reason)),
    }),
    'FETCHER_ABORTED',
  );
  expect(error.cause).toBe(reason);
  expect(asked(server)).toEqual(['/f']);
});

test('what is thrown by those who are told ends it, as it is', async () => {
  const server = await releases();
  const thrown = new Error('from a callback');
  const fail = (): never => {
    throw thrown;
  };
  const url = server.serve('/f', { body: 'binary', stall: 3 });
  await expect(document(url, { onProgress: fail, attempts: 3 })).rejects.toBe(thrown);
  await waitFor('the connection to be closed', () => server.requests[0]?.done);
  const busy = server.serve('/busy', { status: 503 });
  await expect(document(busy, { onRetry: fail, attempts: 3 })).rejects.toBe(thrown);
  expect(asked(server)).toEqual(['/f', '/busy']);
});

test('an abort after the end changes nothing, and no listener is left for it', async () => {
  const server = await releases();
  const control = new AbortController();
  const { signal } = control;
  const counts: number[] = [];
  const url = server.serve('/f', { status: 503 }, 'binary');
  const onProgress = (): void => void counts.push(getEventListeners(signal, 'abort').length);
  await document(url, { signal, attempts: 2, onProgress });
  expect(counts).toEqual([1]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  control.abort(reason);
  expect(asked(server)).toEqual(['/f', '/f']);
});
