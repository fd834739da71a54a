import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { isPrivateAddress } from '../src/addresses.js';
import { proxyFor } from '../src/proxy.js';
import { selfSigned } from './certificate.js';
import { forwardProxy } from './forward-proxy.js';
import { asked, document, failure, hashOf, releases } from './network.js';

test.each([
  ['http://host/', { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://p:2' }, 'http://p:1/'],
  ['https://host/', { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://p:2' }, 'http://p:2/'],
  ['https://host/', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['http://host/', { http_proxy: 'p:1' }, 'http://p:1/'],
  ['http://host/', { HTTP_PROXY: 'a:1', http_proxy: 'b:2' }, 'http://a:1/'],
  ['http://host/', { HTTP_PROXY: ' ', http_proxy: 'b:2' }, 'http://b:2/'],
  ['https://host/', { HTTPS_PROXY: 'https://u:p@p' }, 'https://u:p@p/'],
  ['http://127.0.0.1/', { HTTP_PROXY: 'p:1' }, undefined],
  ['http://[::1]/', { HTTP_PROXY: 'p:1' }, undefined],
  ['http://localhost/', { HTTP_PROXY: 'p:1' }, undefined],
  ['http://host/', {}, undefined],
])('goes to %s with %o through %s', (url, env, expected) => {
  expect(proxyFor(new URL(url), env)?.href).toBe(expected);
});

test.each([
  ['http://host.example/', 'host.example', true],
  ['http://host.example/', 'EXAMPLE', true],
  ['http://host.example/', '.example', true],
  ['http://host.example/', '*.example', true],
  ['http://example/', 'example', true],
  ['http://example/', '.example', false],
  ['http://example/', '*.example', false],
  ['http://myexample/', 'example', false],
  ['http://host.example/', 'other, host.example ,', true],
  ['http://host.example/', '*', true],
  ['http://host.example/', '', false],
  ['http://host.example/', 'host.example:80', true],
  ['https://host.example/', 'host.example:80', false],
  ['https://host.example:8443/', '.example:8443', true],
  ['http://10.1.2.3/', '10.0.0.0/8', true],
  ['http://11.1.2.3/', '10.0.0.0/8', false],
  ['http://10.1.2.3/', '10.1.2.3', true],
  ['http://10.1.2.30/', '10.1.2.3', false],
  ['http://10.1.2.3:81/', '10.1.2.3:81', true],
  ['http://10.1.2.3:82/', '10.1.2.3:81', false],
  ['http://[fd00::1]/', 'fd00::/8', true],
  ['http://[fd00::1]/', 'fd00::1', true],
  ['http://[fd00::1]:81/', '[fd00::1]:81', true],
  ['http://[fd00::1]:82/', '[fd00::1]:81', false],
  ['http://host.example/', '10.0.0.0/99', false],
  ['http://10.1.2.3/', '10.0.0.0/99', false],
])('goes to %s with NO_PROXY=%s directly: %s', (url, noProxy, direct) => {
  for (const name of ['NO_PROXY', 'no_proxy']) {
    expect(proxyFor(new URL(url), { HTTP_PROXY: 'p:1', HTTPS_PROXY: 'p:1', [name]: noProxy }) === undefined).toBe(
      direct,
    );
  }
});

test.each(['http://me:hidden@host:port', 'socks5://me:hidden@host:1080', 'ftp://me:hidden@host', '://me:hidden@'])(
  'names a proxy that is none, without its password: %s',
  async (proxy) => {
    const error = await failure(
      document('http://releases.example/f', { env: { HTTP_PROXY: proxy } }),
      'FETCHER_PROXY_INVALID',
    );
    expect(error.message).toContain('HTTP_PROXY');
    expect(error.message).not.toContain('hidden');
    expect(error.hint).toContain('http://host:port');
  },
);

test('asks a proxy for an http address, and logs in there', async () => {
  const server = await releases();
  server.serve('/sums', hashOf('sha256', 'binary'));
  server.serve('/palomad', { body: 'binary', cut: 3 }, 'binary');
  const proxy = await forwardProxy({ hosts: { 'releases.example': server.url } });
  const env = { http_proxy: proxy.url.replace('://', '://me:p%40ss@') };
  const url = 'http://releases.example/palomad?checksum=file:http://releases.example/sums';
  const fetched = await document(url, { env, attempts: 2 });
  expect(fetched).toMatchObject({ text: 'binary', source: 'http://releases.example/palomad' });
  expect(proxy.asked).toEqual([
    'GET http://releases.example/sums',
    'GET http://releases.example/palomad',
    'GET http://releases.example/palomad',
  ]);
  expect(new Set(proxy.authorizations)).toEqual(new Set([`Basic ${btoa('me:p@ss')}`]));
  expect(server.requests[0]?.headers).toMatchObject({ host: 'releases.example' });
});

test('asks this very host without the proxy', async () => {
  const server = await releases();
  const proxy = await forwardProxy({ hosts: {} });
  expect((await document(server.serve('/f', 'x'), { env: { HTTP_PROXY: proxy.url } })).text).toBe('x');
  expect(proxy.asked).toEqual([]);
});

test('looks into no environment but the given one', async () => {
  const server = await releases();
  server.serve('/f', 'x');
  const proxy = await forwardProxy({ hosts: { 'releases.example': server.url } });
  process.env['NO_PROXY'] = '*';
  onTestFinished(() => {
    delete process.env['NO_PROXY'];
  });
  expect((await document('http://releases.example/f', { env: { HTTP_PROXY: proxy.url } })).text).toBe('x');
  expect(proxy.asked).toHaveLength(1);
});

test('tunnels https through a proxy, so that it sees neither paths nor headers', async () => {
  const certificate = selfSigned('releases.example');
  trust(certificate.cert);
  const server = await releases({ tls: certificate });
  server.serve('/palomad', 'binary');
  const proxy = await forwardProxy({ hosts: { 'releases.example': server.url } });
  const url = 'https://releases.example/palomad';
  const headers = { Authorization: 'Bearer token' };
  expect((await document(url, { env: { HTTPS_PROXY: proxy.url }, headers })).text).toBe('binary');
  expect(proxy.asked).toEqual(['CONNECT releases.example:443']);
  expect(server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer token', host: 'releases.example' });
});

test.each(['http', 'https'])('says that a proxy wants credentials, and asks once: %s', async (scheme) => {
  const proxy = await forwardProxy({ hosts: {}, refuse: 407 });
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  const error = await failure(document(`${scheme}://releases.example/f`, { env, attempts: 3 }), 'FETCHER_NETWORK');
  expect(error.message).toContain('407');
  expect(error.hint).toBe('the proxy wants credentials: http://user:password@host:port');
  expect(proxy.asked).toHaveLength(1);
});

test('says that a proxy refuses to connect, and asks again only where it has trouble', async () => {
  const url = 'https://releases.example/f';
  const refusing = await forwardProxy({ hosts: {}, refuse: 403 });
  const error = await failure(document(url, { env: { HTTPS_PROXY: refusing.url }, attempts: 3 }), 'FETCHER_NETWORK');
  expect(error.hint).toContain('the proxy refuses');
  expect(refusing.asked).toHaveLength(1);

  const troubled = await forwardProxy({ hosts: {} });
  await failure(document(url, { env: { HTTPS_PROXY: troubled.url }, attempts: 3 }), 'FETCHER_NETWORK');
  expect(troubled.asked).toHaveLength(3);
});

test('a certificate that nobody here trusts is told as that, and asked for once', async () => {
  const server = await releases({ tls: selfSigned() });
  const url = server.serve('/palomad', 'binary');
  const reasons: string[] = [];
  const attempt = document(url, { attempts: 3, onRetry: ({ reason }) => void reasons.push(reason) });
  const error = await failure(attempt, 'FETCHER_NETWORK');
  expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
  expect(reasons).toEqual([]);
  expect(asked(server)).toEqual([]);
});

test('gives up no encryption', async () => {
  const certificate = selfSigned();
  trust(certificate.cert);
  const plain = await releases();
  const server = await releases({ tls: certificate });
  const target = plain.serve('/palomad', 'binary');
  const url = server.serve('/palomad', { redirect: target });
  const error = await failure(document(url), 'FETCHER_REDIRECT_REFUSED');
  expect(error.message).toBe(`${url} redirects to ${target}: that gives up encryption`);
  expect(plain.requests).toEqual([]);
  // The other way it is gained.
  const up = plain.serve('/up', { redirect: server.serve('/good', 'binary') });
  expect((await document(up)).text).toBe('binary');
});

test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '[::1]', '[::ffff:7f00:1]', 'localhost', '2130706433'])(
  'a public host must not lead to %s',
  async (host) => {
    const server = await releases();
    server.serve('/public', { redirect: `http://${host}:${new URL(server.url).port}/private` });
    server.serve('/private', 'private');
    const proxy = await forwardProxy({ hosts: { 'releases.example': server.url } });
    const attempt = document('http://releases.example/public', { env: { HTTP_PROXY: proxy.url } });
    const error = await failure(attempt, 'FETCHER_REDIRECT_REFUSED');
    expect(error.message).toMatch(/^a public host redirects to .*, which is not public$/);
    expect(asked(server)).toEqual(['/public']);
  },
);

const name = hostname();
const address = await lookup(name).then(
  (found) => found.address,
  () => '',
);

test.skipIf(!isPrivateAddress(address))(
  "nor to a name of a private address (skipped where this host's name is of none)",
  async () => {
    const server = await releases();
    server.serve('/public', { redirect: `http://${name}:${new URL(server.url).port}/private` });
    server.serve('/private', 'private');
    const proxy = await forwardProxy({ hosts: { 'releases.example': server.url } });
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: name };
    const error = await failure(document('http://releases.example/public', { env }), 'FETCHER_REDIRECT_REFUSED');
    expect(error.message).toContain(`redirects to ${name} (`);
    expect(asked(server)).toEqual(['/public']);
  },
);

test.skipIf(address !== '127.0.0.1')(
  "a name of a private address may lead to another (skipped where this host's name is not of 127.0.0.1)",
  async () => {
    const server = await releases();
    const target = server.serve('/b', 'binary');
    server.serve('/a', { redirect: target });
    const url = `http://${name}:${new URL(server.url).port}/a`;
    expect((await document(url)).text).toBe('binary');
  },
);

/** Until the test is over. */
function trust(cert: string): void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, cert]);
  onTestFinished(() => tls.setDefaultCACertificates(before));
}
