import { execFile } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askApplication, askStatus, type RpcAddress } from '../src/index.js';
import {
  envelope,
  NODE_ID,
  serve,
  serveHttp,
  serveJson,
  serveRaw,
  statusResult,
  tcp,
  tempDir,
  type Served,
} from './support.js';

const AMPLE = 30_000;

describe('asking a node for its status', () => {
  it('reads what CometBFT answers', async () => {
    const paths: unknown[] = [];
    const { address } = await serveHttp((request, response) => {
      paths.push([request.method, request.url, request.headers.host, request.headers.connection]);
      response.end(JSON.stringify(envelope(statusResult())));
    });
    const reading = await askStatus({ address, timeout: AMPLE });
    expect(reading).toEqual({
      reachable: true,
      nodeId: NODE_ID,
      network: 'demo-1',
      height: 100,
      catchingUp: false,
      version: '0.38.10',
      blockTime: Date.UTC(2024, 0, 1),
    });
    expect(paths).toEqual([['GET', '/status', address.text.slice('tcp://'.length), 'close']]);
  });

  it.each([
    [{ earliest_block_time: '2023-12-31T23:50:00.123456789Z' }, { blockInterval: (600_000 - 123) / 99 }],
    [{ earliest_block_time: '2023-12-31T23:50:00Z', earliest_block_height: '100' }, {}],
    [{ earliest_block_time: '1970-01-01T00:00:00Z' }, {}],
  ])('reads how far blocks are apart from %j', async (sync, more) => {
    const { address } = await serveJson(envelope(statusResult({ sync })));
    const { blockInterval } = { blockInterval: undefined, ...(await askStatus({ address, timeout: AMPLE })) };
    expect(blockInterval).toBe('blockInterval' in more ? more.blockInterval : undefined);
  });

  it('takes no time of 1970, nor of the year 1, for that of a block', async () => {
    for (const latest_block_time of ['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', 7, undefined]) {
      const { address } = await serveJson(envelope(statusResult({ sync: { latest_block_time } })));
      expect(await askStatus({ address, timeout: AMPLE })).not.toHaveProperty('blockTime');
    }
  });

  it('reads the answer of Sei, which has no envelope', async () => {
    const { address } = await serveJson(statusResult({ sync: { catching_up: true } }));
    expect(await askStatus({ address, timeout: AMPLE })).toMatchObject({ height: 100, catchingUp: true });
  });

  it.each([
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['0', 0],
    [7, 7],
  ])('reads the height %j', async (latest_block_height, height) => {
    const { address } = await serveJson(envelope(statusResult({ sync: { latest_block_height } })));
    expect(await askStatus({ address, timeout: AMPLE })).toMatchObject({ reachable: true, height });
  });

  it('reads an answer that ends with its connection, and one that comes in single bytes', async () => {
    const text = JSON.stringify(envelope(statusResult()));
    const old = await serveRaw((socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${text}`));
    expect(await askStatus({ address: old.address, timeout: AMPLE })).toMatchObject({ reachable: true, height: 100 });
    const slow = await serveRaw((socket) => {
      socket.setNoDelay(true);
      const bytes = [...Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`)];
      const next = () =>
        void socket.write(Buffer.from(bytes.splice(0, 1)), () => bytes.length > 0 && setImmediate(next));
      next();
    });
    expect(await askStatus({ address: slow.address, timeout: AMPLE })).toMatchObject({ reachable: true, height: 100 });
  });

  it('compares well: the id is given in lower case', async () => {
    const { address } = await serveJson(envelope(statusResult({ node: { id: NODE_ID.toUpperCase() } })));
    expect(await askStatus({ address, timeout: AMPLE })).toMatchObject({ nodeId: NODE_ID });
  });

  it.each([
    ['no result', envelope(null)],
    ['an empty result', envelope({})],
    ['a list', [statusResult()]],
    ['a text', 'hello'],
    ['null', null],
    ['no id', envelope(statusResult({ node: { id: undefined } }))],
    ['an id that is none', envelope(statusResult({ node: { id: 'me' } }))],
    ['no network', envelope(statusResult({ node: { network: 5 } }))],
    ['a version that is no text', envelope(statusResult({ node: { version: 5 } }))],
    ['a height beyond 2^53', envelope(statusResult({ sync: { latest_block_height: '9223372036854775807' } }))],
    ['a negative height', envelope(statusResult({ sync: { latest_block_height: '-1' } }))],
    ['a fraction of a height', envelope(statusResult({ sync: { latest_block_height: 1.5 } }))],
    ['a height in words', envelope(statusResult({ sync: { latest_block_height: 'ten' } }))],
    ['an empty height', envelope(statusResult({ sync: { latest_block_height: '' } }))],
    ['no height', envelope(statusResult({ sync: { latest_block_height: undefined } }))],
    ['catching_up as text', envelope(statusResult({ sync: { catching_up: 'false' } }))],
  ])('takes %s for no answer of a node', async (_, value) => {
    const { address } = await serveJson(value);
    expect(await askStatus({ address, timeout: AMPLE })).toEqual({
      reachable: false,
      reason: expect.stringMatching(/^the answer /) as string,
    });
  });

  it('never throws, whatever JSON is answered', async () => {
    let value: unknown;
    const { address } = await serveHttp((_, response) => response.end(JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.jsonValue().map(envelope)), async (answer) => {
        value = answer;
        expect(await askStatus({ address, timeout: AMPLE })).toMatchObject({ reachable: false });
        await askApplication({ address, timeout: AMPLE });
      }),
      { numRuns: 60 },
    );
  });
});

describe('asking a node for its application', () => {
  it.each([
    ['a running chain', { data: 'SimApp', version: 'v2.4.14', last_block_height: '99', last_block_app_hash: 'x' }, 99],
    ['a chain before its first block, where zero is left out', { data: 'SimApp', version: 'v2.4.14' }, 0],
  ])('reads the answer of %s', async (_, response, height) => {
    const { address } = await serveHttp((request, answer) =>
      answer.end(JSON.stringify(request.url === '/abci_info' ? envelope({ response }) : {})),
    );
    expect(await askApplication({ address, timeout: AMPLE })).toEqual({ reachable: true, height, version: 'v2.4.14' });
  });

  it('reads an answer without a version or an envelope', async () => {
    const { address } = await serveJson({ response: { last_block_height: '5' } });
    expect(await askApplication({ address, timeout: AMPLE })).toEqual({ reachable: true, height: 5, version: '' });
  });

  it.each([
    ['no response', envelope({})],
    ['a list', envelope({ response: [] })],
    ['a negative height', envelope({ response: { last_block_height: '-3' } })],
    ['a version that is no text', envelope({ response: { version: 4 } })],
  ])('takes %s for no answer of a node', async (_, value) => {
    const { address } = await serveJson(value);
    expect(await askApplication({ address, timeout: AMPLE })).toMatchObject({ reachable: false });
  });
});

describe('where a node listens', () => {
  it('may be a socket in the file system', async () => {
    const listener = statusServer();
    const { address } = await serveHttp(listener, { path: join(tempDir(), 'rpc.sock') });
    expect(await askStatus({ address, timeout: AMPLE })).toMatchObject({ reachable: true, height: 100 });
  });

  it('may be an IPv6 address', async () => {
    const { address } = await serveHttp(statusServer(), { host: '::1' });
    expect(await askStatus({ address, timeout: AMPLE })).toMatchObject({ reachable: true });
  });

  it('may be a name', async () => {
    const { port } = await serveHttp(statusServer());
    expect(await askStatus({ address: tcp(port, 'localhost'), timeout: AMPLE })).toMatchObject({ reachable: true });
  });

  it.each<[string, RpcAddress, RegExp]>([
    ['disabled', { state: 'disabled', text: '', source: 'config.toml' }, /opens no RPC server/],
    ['invalid', { state: 'invalid', text: 'x', source: 'arguments', reason: 'x: not host:port' }, /not host:port/],
    ['a missing socket', { state: 'unix', socketPath: '/nonexistent', text: '', source: 'default' }, /ENOENT/],
    ['no host name', tcp(1, 'a b\r\nc'), /./],
    ['no socket path', { state: 'unix', socketPath: 'x'.repeat(5000), text: '', source: 'default' }, /./],
  ])('may be nowhere: %s', async (_, address, reason) => {
    const reading = await askStatus({ address, timeout: AMPLE });
    expect(reading).toEqual({ reachable: false, reason: expect.stringMatching(reason) as string });
  });
});

/** Faults that end the question by themselves, long before the time is up. */
const FAULTS: [string, RegExp, () => Promise<Served>][] = [
  ['resets the connection', /ECONNRESET|hang up/, () => serveRaw((socket) => socket.resetAndDestroy())],
  ['closes the connection', /hang up|closed/, () => serveRaw((socket) => socket.destroy())],
  ['ends in the headers', /hang up|closed|Parse/, () => serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nA: '))],
  ['is no HTTP server', /Parse Error/, () => serveRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))],
  [
    'sends endless headers',
    /Header|overflow/i,
    () => serveRaw((socket) => flood(socket, 'HTTP/1.1 200 OK\r\n', 'A: b\r\n')),
  ],
  [
    'switches protocols',
    /./,
    () => serveRaw((socket) => socket.write('HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')),
  ],
  [
    'promises more than it sends',
    /aborted|cut short/,
    () => serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}')),
  ],
  [
    'breaks off within a chunk',
    /aborted|cut short/,
    () => serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{')),
  ],
  [
    'sends a body without end',
    /longer than 1 MiB/,
    () => serveRaw((socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', ' '.repeat(65_536))),
  ],
  [
    'announces 10 GB',
    /longer than 1 MiB/,
    () =>
      serveRaw((socket) => flood(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n', ' '.repeat(65_536))),
  ],
  ['answers nothing', /not JSON/, () => serveHttp((_, response) => response.end())],
  ['answers a page', /not JSON/, () => serveHttp((_, response) => response.end('<html>'))],
  ['fails', /HTTP 500/, () => serveHttp((_, response) => response.writeHead(500).end('{}'))],
  ['has no such page', /HTTP 404/, () => serveHttp((_, response) => response.writeHead(404).end('{}'))],
  ['redirects', /HTTP 302/, () => serveHttp((_, response) => response.writeHead(302, { location: '/' }).end())],
  [
    'streams an endless failure',
    /HTTP 503/,
    () => serveRaw((socket) => flood(socket, 'HTTP/1.1 503 No\r\n\r\n', 'x'.repeat(65_536))),
  ],
  [
    'answers with an error',
    /Internal error: no block/,
    () => serveJson({ jsonrpc: '2.0', id: -1, error: { code: -32603, message: 'Internal error', data: 'no block' } }),
  ],
  ['answers with a strange error', /an error: 5/, () => serveJson({ error: 5, result: statusResult() })],
];

/** Faults that only the time limit ends. */
const HANGS: [string, () => Promise<Served>][] = [
  ['accepts and never answers', () => serve(createServer((socket) => socket.resume()))],
  ['stops after the headers', () => serveRaw((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n{'))],
  ['sends the headers byte by byte', () => serveRaw((socket) => drip(socket, 'HTTP/1.1 200 OK\r\nA: '))],
  ['sends the body byte by byte', () => serveRaw((socket) => drip(socket, 'HTTP/1.1 200 OK\r\n\r\n{"result":"'))],
  ['says that it goes on and on', () => serveRaw((socket) => drip(socket, '', 'HTTP/1.1 102 Processing\r\n\r\n'))],
];

describe('a server that is no good is a reading, not an error', () => {
  it.each(FAULTS)('when it %s', async (_, reason, start) => {
    const { address, open } = await start();
    const reading = await askStatus({ address, timeout: AMPLE });
    expect(reading).toEqual({ reachable: false, reason: expect.stringMatching(reason) as string });
    await expect.poll(() => open.size, { timeout: 20_000 }).toBe(0);
  });

  it.each(HANGS)('when it %s: the time limit holds for the whole question', async (_, start) => {
    const { address, open } = await start();
    const reading = await askStatus({ address, timeout: 150 });
    expect(reading).toEqual({ reachable: false, reason: 'no answer within 150 ms' });
    await expect.poll(() => open.size, { timeout: 20_000 }).toBe(0);
  });

  it.each(HANGS)('when it %s and the signal aborts', async (_, start) => {
    const { address, open } = await start();
    const controller = new AbortController();
    const asked = askApplication({ address, timeout: 3_600_000, signal: controller.signal });
    await expect.poll(() => open.size, { timeout: 20_000 }).toBe(1);
    controller.abort(new Error('not thrown'));
    expect(await asked).toEqual({ reachable: false, reason: 'the question was aborted' });
    await expect.poll(() => open.size, { timeout: 20_000 }).toBe(0);
  });

  it('when nobody listens', async () => {
    const { address, server } = await serve(createServer());
    await new Promise((resolve) => server.close(resolve));
    const reading = await askStatus({ address, timeout: AMPLE });
    expect(reading).toEqual({ reachable: false, reason: expect.stringContaining('ECONNREFUSED') as string });
  });

  it('when nobody listens on any address of a name', async () => {
    const { port, server } = await serve(createServer());
    await new Promise((resolve) => server.close(resolve));
    const reading = await askStatus({ address: tcp(port, 'localhost'), timeout: AMPLE });
    expect(reading).toEqual({ reachable: false, reason: expect.stringContaining('ECONNREFUSED') as string });
  });

  it('when the signal was aborted before', async () => {
    const { address, open } = await serve(createServer());
    const reading = await askStatus({ address, timeout: AMPLE, signal: AbortSignal.abort() });
    expect(reading).toMatchObject({ reachable: false, reason: 'the question was aborted' });
    expect(open.size).toBe(0);
  });

  it.each([0, -1, Number.NaN])('when the time limit is %s', async (timeout) => {
    const { address } = await serve(createServer());
    expect(await askStatus({ address, timeout })).toMatchObject({ reachable: false });
  });

  it('and leaves no listener on a signal that outlives the question', async () => {
    const { address } = await serveJson(envelope(statusResult()));
    const { signal } = new AbortController();
    const before = process.listenerCount('warning');
    const warnings: unknown[] = [];
    const note = (warning: unknown) => void warnings.push(warning);
    process.on('warning', note);
    for (let turn = 0; turn < 30; turn += 1) {
      expect(await askStatus({ address, timeout: Number.MAX_VALUE, signal })).toMatchObject({ reachable: true });
    }
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(process.listenerCount('warning')).toBe(before);
  });

  it('and does not keep the process alive', async () => {
    const { port } = await serve(createServer());
    const script = join(import.meta.dirname, 'children', 'leave.ts');
    const { stderr } = await promisify(execFile)(process.execPath, [script, `${port}`], { timeout: 50_000 });
    expect(stderr).toBe('');
  });
});

function statusServer() {
  const text = JSON.stringify(envelope(statusResult()));
  return (_: unknown, response: { end: (text: string) => unknown }) => void response.end(text);
}

/** Writes until the other side has gone. */
function flood(socket: Socket, head: string, body: string): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(body));
  };
  socket.on('drain', pour);
  socket.write(head);
  pour();
}

function drip(socket: Socket, head: string, drop = 'x'): void {
  socket.write(head);
  const timer = setInterval(() => socket.write(drop), 5);
  socket.on('close', () => clearInterval(timer));
}
