import { expect, test } from 'vitest';
import { asked, document, failure, hashOf, releases } from './network.js';

const sha256 = hashOf('sha256', 'binary');
const sha512 = hashOf('sha512', 'binary');
const md5 = hashOf('md5', 'binary');
const sha1 = hashOf('sha1', 'binary');
const wrong = hashOf('sha256', 'other');

test.each([
  ['in the address', `?checksum=sha256:${sha256}`, undefined, { algorithm: 'sha256', hex: sha256, from: 'url' }],
  [
    'alone in the address',
    `?checksum=${sha256.toUpperCase()}`,
    undefined,
    { algorithm: 'sha256', hex: sha256, from: 'url' },
  ],
  ['escaped', `?checksum=sha256%3A${sha256}`, undefined, { algorithm: 'sha256', hex: sha256, from: 'url' }],
  ['given beside it', '', `sha512:${sha512}`, { algorithm: 'sha512', hex: sha512, from: 'given' }],
  ['in both places', `?checksum=${sha512}`, sha256, { algorithm: 'sha512', hex: sha512, from: 'url' }],
  ['weak beside strong', `?checksum=md5:${md5}`, sha256, { algorithm: 'sha256', hex: sha256, from: 'given' }],
])('compares with a checksum %s', async (_, query, checksum, proof) => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary') + query;
  const options = { requireChecksum: true, ...(checksum === undefined ? {} : { checksum }) };
  expect(await document(url, options)).toMatchObject({ sha256, checksum: proof });
  // go-getter's parameter is for us, not for the server.
  expect(asked(server)).toEqual(['/palomad']);
});

test('leaves the rest of the query as it is', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  await document(`${url}?X-Sig=a%2Fb+c&checksum=${sha256}&e=&archive=false&z#part`);
  expect(asked(server)).toEqual(['/palomad?X-Sig=a%2Fb+c&e=&z']);
});

test.each(['url', 'given'])('refuses another file: %s', async (from) => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const checksum = `sha256:${wrong}`;
  const attempt = from === 'url' ? document(`${url}?checksum=${checksum}`) : document(url, { checksum });
  const error = await failure(attempt, 'FETCHER_CHECKSUM_MISMATCH');
  expect(error.message).toContain(
    `expected sha256:${wrong} (${from === 'url' ? 'in the address' : 'given beside it'})`,
  );
  expect(error.message).toContain(`got sha256:${sha256} of 6 bytes`);
});

test('every checksum counts, not the strongest alone', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const attempt = document(`${url}?checksum=${hashOf('md5', 'other')}`, { checksum: sha256 });
  expect((await failure(attempt, 'FETCHER_CHECKSUM_MISMATCH')).message).toContain(`got md5:${md5}`);
});

test('two that contradict each other are shown, and nothing is fetched', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const attempt = document(`${url}?checksum=${sha256}`, { checksum: wrong });
  const error = await failure(attempt, 'FETCHER_CHECKSUM_INVALID');
  expect(error.message).toContain(`sha256:${wrong} (given beside it) and sha256:${sha256} (in the address)`);
  await failure(document(`${url}?checksum=${sha256}&checksum=${wrong}`), 'FETCHER_CHECKSUM_INVALID');
  await failure(document(`${url}?checksum=sha256:abc`), 'FETCHER_CHECKSUM_INVALID');
  expect(server.requests).toEqual([]);
});

test('where one is required, none is refused before anything is fetched', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const error = await failure(document(url, { requireChecksum: true }), 'FETCHER_CHECKSUM_MISSING');
  expect(error.message).toBe(`${url} has no checksum, and one is required`);
  await failure(document(`${url}?checksum=`, { requireChecksum: true }), 'FETCHER_CHECKSUM_MISSING');
  expect(server.requests).toEqual([]);
});

test.each([
  ['md5', md5],
  ['sha1', sha1],
])('%s counts by consent only', async (algorithm, hex) => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  for (const checksum of [hex, `${algorithm}:${hex}`]) {
    const error = await failure(document(url, { checksum }), 'FETCHER_CHECKSUM_WEAK');
    expect(error.message).toBe(`${algorithm} of ${url} proves nothing`);
    expect(server.requests).toEqual([]);
  }
  const allowed = await document(url, { checksum: hex, requireChecksum: true, allowWeakChecksum: true });
  expect(allowed.checksum).toEqual({ algorithm, hex, from: 'given' });
});

test.each([
  ['SHA256SUMS-v2.txt', `${wrong}  LICENSE\n${sha256}  palomad\n`],
  ['checksums.txt', `${sha256} *palomad\n`],
  ['nobled_sha256.txt', `${sha256}  ./palomad\n`],
  ['palomad.sha256', `${sha256}\n`],
  ['CHECKSUM', `SHA256 (palomad) = ${sha256}\n`],
])('looks the checksum up in a list: %s', async (name, text) => {
  const server = await releases();
  const url = server.serve('/v2/palomad', 'binary');
  const list = server.serve(`/v2/${name}`, text);
  const proof = { algorithm: 'sha256', hex: sha256, from: list };
  const progress: number[] = [];
  const onProgress = ({ bytes }: { bytes: number }): void => void progress.push(bytes);
  expect((await document(`${url}?checksum=file:${list}`, { requireChecksum: true, onProgress })).checksum).toEqual(
    proof,
  );
  expect((await document(url, { checksum: `file:${list}`, requireChecksum: true, onProgress })).checksum).toEqual(
    proof,
  );
  expect(asked(server)).toEqual([`/v2/${name}`, '/v2/palomad', `/v2/${name}`, '/v2/palomad']);
  // Of the file, not of the list.
  expect(progress).toEqual([6, 6]);
});

test('tries a list again too', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const list = server.serve('/sums', { status: 502 }, { body: sha256, cut: 9 }, sha256);
  expect((await document(`${url}?checksum=file:${list}`, { attempts: 3 })).checksum?.hex).toBe(sha256);
});

test.each([
  ['of another file', `${wrong}  palomad\n`, 'FETCHER_CHECKSUM_MISMATCH', 2],
  ['without our name', `${sha256}  other\n`, 'FETCHER_CHECKSUM_FILE_UNUSABLE', 1],
  ['with two of our name', `${sha256}  palomad\n${wrong}  palomad\n`, 'FETCHER_CHECKSUM_FILE_UNUSABLE', 1],
  ['with weak hashes', `${md5}  palomad\n`, 'FETCHER_CHECKSUM_WEAK', 1],
  ['that is not there', { status: 404 }, 'FETCHER_NOT_FOUND', 1],
  ['that is no text', Uint8Array.of(0xff, 0xfe), 'FETCHER_CONTENT_INVALID', 1],
] as const)('refuses a list %s, and names it', async (_, list, code, requests) => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const address = server.serve('/sums', list);
  const error = await failure(document(`${url}?checksum=file:${address}`), code);
  if (code !== 'FETCHER_CHECKSUM_WEAK') expect(error.message).toContain(address);
  expect(server.requests).toHaveLength(requests);
});

test('a list must not be longer than any list is', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const list = server.serve('/sums', { body: `${sha256}  palomad\n`.repeat(100), endless: true });
  const attempt = document(`${url}?checksum=file:${list}`, { limits: { bytes: 1_000_000_000 } });
  const error = await failure(attempt, 'FETCHER_TOO_LARGE');
  expect(error.message).toContain(list);
  expect(error.message).toContain('at most 4194304');
});

test('a list and a hash that contradict each other: the file is not fetched', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const list = server.serve('/sums', `${wrong}  palomad\n`);
  const attempt = document(`${url}?checksum=${sha256}`, { checksum: `file:${list}` });
  const error = await failure(attempt, 'FETCHER_CHECKSUM_INVALID');
  expect(error.message).toContain(`sha256:${wrong} (from ${list}) and sha256:${sha256} (in the address)`);
  expect(asked(server)).toEqual(['/sums']);
});

test('a list may have a checksum of its own, and is held to it', async () => {
  const server = await releases();
  const url = server.serve('/palomad', 'binary');
  const text = `${sha256}  palomad\n`;
  const list = server.serve('/sums', text);
  const checked = (hex: string): ReturnType<typeof document> =>
    document(url, { checksum: `file:${list}?checksum=sha256:${hex}` });
  expect((await checked(hashOf('sha256', text))).checksum?.hex).toBe(sha256);
  expect((await failure(checked(wrong), 'FETCHER_CHECKSUM_MISMATCH')).message).toContain(list);
});

test.each(['./SHA256SUMS', '/tmp/SHA256SUMS', 'file:///tmp/SHA256SUMS', 'ftp://host/SHA256SUMS'])(
  'reads no list from %s',
  async (list) => {
    const server = await releases();
    const url = server.serve('/palomad', 'binary');
    await failure(document(url, { checksum: `file:${list}` }), 'FETCHER_SCHEME_UNSUPPORTED');
    expect(server.requests).toEqual([]);
  },
);

test('finds a file whose tag has a slash by its own name', async () => {
  const server = await releases();
  const { SHA256SUMS = '', ...assets } = server.publish({
    repository: 'dydxprotocol/v4-chain',
    tag: 'protocol/v5.0.5',
    assets: { palomad: 'binary', SHA256SUMS: `${sha256}  palomad\n` },
  });
  const url = `${assets['palomad'] ?? ''}?checksum=file:${SHA256SUMS}`;
  expect((await document(url)).checksum?.hex).toBe(sha256);
  expect(asked(server)[1]).toContain('protocol%2Fv5.0.5');
});
