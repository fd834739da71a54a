import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { asked, document, failure, hashOf, releases } from './network.js';

test.each([301, 302, 303, 307, 308])('follows a %i, also to a relative address and to another host', async (status) => {
  const server = await releases();
  const other = await releases();
  const url = server.serve('/a/start', { redirect: '../b?x=1', status });
  server.serve('/b', { redirect: other.serve('/palomad', 'binary'), status });
  const fetched = await document(url);
  expect(fetched).toMatchObject({ text: 'binary', source: url });
  expect([...asked(server), ...asked(other)]).toEqual(['/a/start', '/b?x=1', '/palomad']);
});

test('the name in a list of checksums is that of the address, not of where it leads', async () => {
  const server = await releases();
  const url = server.serve('/palomad', { redirect: '/blob/1234' });
  server.serve('/blob/1234', 'binary');
  const sums = server.serve('/sums', `${hashOf('sha256', 'binary')}  palomad\n`);
  expect((await document(`${url}?checksum=file:${sums}`)).text).toBe('binary');
});

test('finds a circle, and asks for nothing twice', async () => {
  const server = await releases();
  const url = server.serve('/a', { redirect: '/b' });
  server.serve('/b', { redirect: '/c' });
  server.serve('/c', { redirect: '/b#elsewhere' });
  const error = await failure(document(url, { attempts: 3 }), 'FETCHER_REDIRECT_REFUSED');
  expect(error.message).toBe(`${server.url}/c redirects to ${server.url}/b: that is a circle`);
  expect(asked(server)).toEqual(['/a', '/b', '/c']);
  await failure(document(server.serve('/self', { redirect: '' })), 'FETCHER_REDIRECT_REFUSED');
});

test('follows as many as the limit and no more', async () => {
  const server = await releases();
  const chain = (length: number): string => {
    server.serve(`/${length}`, 'end');
    for (let n = 0; n < length; n += 1) server.serve(`/${n}`, { redirect: `/${n + 1}` });
    return `${server.url}/0`;
  };
  expect((await document(chain(5), { limits: { redirects: 5 } })).text).toBe('end');
  const error = await failure(document(chain(6), { limits: { redirects: 5 } }), 'FETCHER_REDIRECT_REFUSED');
  expect(error.message).toContain('5 redirects were followed already');
  expect(asked(server).at(-1)).toBe('/5');
  await failure(document(chain(1), { limits: { redirects: 0 } }), 'FETCHER_REDIRECT_REFUSED');
});

test.each([
  ['file:///etc/passwd', 'file:///etc/passwd: only http and https are followed'],
  ['ftp://me:hidden@host/f?t=hidden', 'ftp://host/f?t=***: only http and https are followed'],
  ['data:text/plain,x', 'data:text/plain,x: only http and https are followed'],
  ['http://me:hidden@host:port/', 'which is no URL'],
])('refuses to follow to %s', async (location, message) => {
  const server = await releases();
  const url = server.serve('/f', { redirect: location });
  const error = await failure(document(url, { attempts: 3 }), 'FETCHER_REDIRECT_REFUSED');
  expect(error.message).toContain(`${url} redirects to `);
  expect(error.message).toContain(message);
  expect(inspect(error)).not.toContain('hidden');
  expect(server.requests).toHaveLength(1);
});

test('a redirect to nowhere is a status like any other', async () => {
  const server = await releases();
  const url = server.serve('/f', { status: 302 });
  expect((await failure(document(url), 'FETCHER_STATUS')).message).toBe(`${url}: HTTP 302`);
});

test('logs in with the credentials of the address, and sends the headers of the caller, at its origin only', async () => {
  const server = await releases();
  const other = await releases();
  const url = server.serve('/start', { redirect: '/again' }).replace('://', '://me:p%40ss@');
  server.serve('/again', { redirect: other.serve('/elsewhere', { redirect: `${server.url}/back` }) });
  server.serve('/back', 'binary');
  await document(url, { headers: { 'X-Token': 'hidden' } });
  const seen = [...server.requests, ...other.requests].map(({ path, headers }) => [
    path,
    headers.authorization,
    headers['x-token'],
  ]);
  expect(seen).toEqual([
    ['/start', `Basic ${btoa('me:p@ss')}`, 'hidden'],
    ['/again', `Basic ${btoa('me:p@ss')}`, 'hidden'],
    // Whoever is elsewhere could send it back to any path.
    ['/back', undefined, undefined],
    ['/elsewhere', undefined, undefined],
  ]);
});

test("the caller's headers win, and may not break a line", async () => {
  const server = await releases();
  const url = server.serve('/f', 'x');
  await document(url.replace('://', '://me:pass@'), { headers: { Authorization: 'Bearer t', 'User-Agent': 'stager' } });
  expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer t', 'user-agent': 'stager' });
  const error = await failure(
    document(url, { headers: { 'x-token': 'hidden\r\nx: y' }, attempts: 3 }),
    'FETCHER_NETWORK',
  );
  expect(error.transient).toBe(false);
  expect(inspect(error, { depth: 9 })).not.toContain('hidden');
  expect(server.requests).toHaveLength(1);
});

test("a list of checksums gets the caller's headers at the same origin only", async () => {
  const server = await releases();
  const other = await releases();
  const url = server.serve('/palomad', 'binary');
  const sha256 = hashOf('sha256', 'binary');
  const headers = { 'x-token': 'hidden' };
  await document(`${url}?checksum=file:${server.serve('/sums', sha256)}`, { headers });
  await document(`${url}?checksum=file:${other.serve('/sums', sha256)}`, { headers });
  expect(server.requests.map((request) => request.headers['x-token'])).toEqual(['hidden', 'hidden', 'hidden']);
  expect(other.requests.map((request) => request.headers['x-token'])).toEqual([undefined]);
});

test('credentials in a redirect are neither used nor shown', async () => {
  const server = await releases();
  const other = await releases();
  const url = server.serve('/f', { redirect: `${other.url.replace('://', '://me:hidden@')}/gone?token=hidden` });
  const error = await failure(document(url), 'FETCHER_NOT_FOUND');
  expect(error.message).toBe(`${other.url}/gone?token=***: not found (HTTP 404)`);
  expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('no failure shows what the address holds', async () => {
  const server = await releases();
  const secret = 'hidden';
  const replies = [
    { status: 404 },
    { status: 500 },
    { redirect: `http://x:${secret}@127.0.0.1:1/?t=${secret}` },
    { redirect: `gopher://x:${secret}@h/?t=${secret}` },
    { body: 'a', cut: 0 },
    { body: 'a', stall: 0 },
    { body: 'a', announce: 9_000_000 },
    '',
    Uint8Array.of(0xff),
    'other',
  ];
  for (const reply of replies) {
    const url = `${server.serve('/f', reply).replace('://', `://x:${secret}@`)}?t=${secret}`;
    const shown: string[] = [];
    const error: unknown = await document(url, {
      attempts: 2,
      limits: { idle: 500 },
      checksum: hashOf('sha256', 'binary'),
      headers: { 'x-token': secret },
      onRetry: ({ reason }) => void shown.push(reason),
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 9 }) + shown.join(' ')).not.toContain(secret);
  }
});
