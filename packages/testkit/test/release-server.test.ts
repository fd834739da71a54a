import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ReleaseServer, startReleaseServer, waitFor } from '../src/index.ts';

let server: ReleaseServer;
beforeEach(async () => (server = await startReleaseServer()));
afterEach(() => server.close());

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Whether the body came whole. */
  readonly whole: boolean;
}

/** What arrives until the end, or until `enough` bytes. */
function get(url: string, headers: Record<string, string> = {}, enough = Infinity): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers, agent: false }, (response) => {
      let body = '';
      const got = (whole: boolean): void => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, whole });
        request.destroy();
      };
      response.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
        if (body.length >= enough) got(false);
      });
      response.on('end', () => got(true)).on('error', () => got(false));
    });
    request.on('error', reject).end();
  });
}

test('serves bytes, values and statuses by path, and logs what was asked in order', async () => {
  const file = server.serve('/v2/palomad', Buffer.from('binary'));
  expect(await get(`${file}?x=1`, { 'x-test': 'yes' })).toMatchObject({ status: 200, body: 'binary', whole: true });
  expect((await get(server.serve('/json', { json: [1] }))).body).toBe('[1]');
  expect(await get(server.serve('/busy', { status: 429, headers: { 'retry-after': '7' } }))).toMatchObject({
    status: 429,
    headers: { 'retry-after': '7' },
  });
  expect((await get(`${server.url}/nothing`)).status).toBe(404);
  expect(await get(server.serve('/moved', { redirect: 'ftp://x/' }))).toMatchObject({
    status: 302,
    headers: { location: 'ftp://x/' },
  });
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v2/palomad?x=1',
    'GET /json',
    'GET /busy',
    'GET /nothing',
    'GET /moved',
  ]);
  expect(server.requests[0]?.headers['x-test']).toBe('yes');
});

test('answers in turn, and goes on with the last', async () => {
  const url = server.serve('/in-turn', { status: 500 }, 'first', () => 'last');
  const answers = [await get(url), await get(url), await get(url), await get(url)];
  expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(['500 ', '200 first', '200 last', '200 last']);
});

test('sends a part where the file is still the same', async () => {
  const url = server.serve('/file', { body: '0123456789', modified: new Date('2026-01-02T03:04:05Z') });
  const { headers } = await get(url);
  const etag = String(headers['etag']);
  const date = 'Fri, 02 Jan 2026 03:04:05 GMT';
  expect(headers['last-modified']).toBe(date);
  for (const condition of [{}, { 'if-range': etag }, { 'if-range': date }]) {
    const part = await get(url, { range: 'bytes=4-', ...condition });
    expect(part).toMatchObject({ status: 206, body: '456789', headers: { 'content-range': 'bytes 4-9/10' } });
  }
  server.serve('/file', 'ABCDEFGHIJ');
  expect(await get(url, { range: 'bytes=4-', 'if-range': etag })).toMatchObject({ status: 200, body: 'ABCDEFGHIJ' });
  expect((await get(url, { range: 'bytes=10-' })).status).toBe(416);
});

test('cuts, stalls, and lies about lengths and parts', async () => {
  const of = (faults: object): string => server.serve('/file', { body: '0123456789', ...faults });
  expect(await get(of({ cut: 4 }))).toMatchObject({ body: '0123', whole: false, headers: { 'content-length': '10' } });
  expect(await get(of({ announce: 12, cut: 10 }))).toMatchObject({ body: '0123456789', whole: false });
  // As it is on the wire: Node's own client refuses it before it shows any of it.
  of({ announce: 8 });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write('GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const wire = await text(socket);
  expect(wire).toMatch(/^content-length: 8\r$/im);
  expect(wire).toMatch(/\r\n\r\n0123456789$/);
  expect((await get(of({ chunked: true }))).headers).not.toHaveProperty('content-length');
  expect((await get(of({ stall: 3 }), {}, 3)).body).toBe('012');
  expect((await get(of({ drip: 1 }))).body).toBe('0123456789');
  expect((await get(of({ endless: true }), {}, 25)).body).toMatch(/^(?:0123456789){2}01234/);

  const part = (range: string): Promise<Got> => get(of({ range }), { range: 'bytes=4-', 'if-range': '"other"' });
  expect((await part('ignored')).status).toBe(200);
  expect(await part('blind')).toMatchObject({ status: 206, body: '456789' });
  const asked = (range: string): Promise<Got> => get(of({ range }), { range: 'bytes=4-' });
  expect(await asked('start')).toMatchObject({ body: '56789', headers: { 'content-range': 'bytes 5-9/10' } });
  expect((await asked('total')).headers['content-range']).toBe('bytes 4-10/11');
  expect((await asked('etag')).headers['etag']).toBe('"another"');
  expect((await asked('none')).headers).not.toHaveProperty('content-range');
  expect((await asked('refused')).status).toBe(416);
  expect(await get(of({ range: 'unasked' }))).toMatchObject({ status: 206, body: '123456789' });
});

test('says nothing at all, and notices when the client goes', async () => {
  const url = server.serve('/silent', { body: '', stall: 'headers' });
  const request = httpRequest(url, { agent: false }).on('error', () => undefined);
  request.end();
  await waitFor('the request', () => server.requests.length === 1);
  expect(server.requests[0]?.done).toBe(false);
  request.destroy();
  await waitFor('the end of it', () => server.requests[0]?.done);
});

test('breaks what is still going on when it closes', async () => {
  const own = await startReleaseServer();
  const got = get(own.serve('/stall', { body: 'abc', stall: 1 }));
  await waitFor('the request', () => own.requests.length === 1);
  await own.close();
  await expect(got.then(({ whole }) => whole).catch(() => false)).resolves.toBe(false);
});

test('tells of releases as the API of GitHub does', async () => {
  const publish = (tag: string, day: number): Readonly<Record<string, string>> =>
    server.publish({
      repository: 'dydxprotocol/v4-chain',
      tag,
      assets: { 'a.tar.gz': `${tag} archive`, SHA256SUMS: { body: 'sums' } },
      published: new Date(Date.UTC(2026, 0, day)),
    });
  publish('v1', 1);
  const assets = publish('protocol/v5.0.5', 3);
  publish('v2', 2);

  const asset = assets['a.tar.gz'] ?? '';
  expect(asset).toBe(`${server.url}/dydxprotocol/v4-chain/releases/download/protocol%2Fv5.0.5/a.tar.gz`);
  expect((await get(asset)).body).toBe('protocol/v5.0.5 archive');
  const api = `${server.url}/repos/dydxprotocol/v4-chain/releases`;
  for (const tag of ['protocol/v5.0.5', 'protocol%2Fv5.0.5']) {
    expect(JSON.parse((await get(`${api}/tags/${tag}`)).body)).toMatchObject({
      tag_name: 'protocol/v5.0.5',
      draft: false,
      prerelease: false,
      published_at: '2026-01-03T00:00:00Z',
      assets: [
        {
          name: 'a.tar.gz',
          browser_download_url: asset,
          size: 23,
          digest: `sha256:${createHash('sha256').update('protocol/v5.0.5 archive').digest('hex')}`,
        },
        { name: 'SHA256SUMS', browser_download_url: assets['SHA256SUMS'] },
      ],
    });
  }
  expect((await get(`${api}/tags/v3`)).status).toBe(404);

  const tags = ({ body }: Got): string[] => (JSON.parse(body) as { tag_name: string }[]).map((one) => one.tag_name);
  const first = await get(`${api}?per_page=2`);
  expect(tags(first)).toEqual(['protocol/v5.0.5', 'v2']);
  const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers['link'])) ?? [];
  const second = await get(next);
  expect(tags(second)).toEqual(['v1']);
  expect(second.headers).not.toHaveProperty('link');
});
