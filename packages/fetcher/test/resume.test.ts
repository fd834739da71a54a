import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileReply, testDir } from '@chainvisor/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { download, type Downloaded, type DownloadOptions } from '../src/download.js';
import { parseSource } from '../src/source.js';
import { fileStore } from '../src/store.js';
import { promisedChecksums } from '../src/verify.js';
import { asked, document, failure, hashOf, limits, releases } from './network.js';

const text = 'x'.repeat(500) + 'y'.repeat(500);
const sha256 = hashOf('sha256', text);

/** Fetches it in the end, and says how much each failed attempt left, and why it failed. */
async function fetched(url: string, options: Parameters<typeof document>[1] = {}) {
  const pieces: { bytes: number; reason: string }[] = [];
  let bytes = 0;
  const result = await document(url, {
    attempts: 4,
    onProgress: (progress) => (bytes = progress.bytes),
    onRetry: ({ reason }) => void pieces.push({ bytes, reason }),
    ...options,
  });
  return { ...result, pieces };
}

test('goes on where a connection broke, and holds the server to the same file', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: text, cut: 400 }, text);
  const { pieces, ...result } = await fetched(url);
  expect(result).toMatchObject({ text, sha256 });
  expect(pieces).toHaveLength(1);
  const [{ bytes, reason } = { bytes: 0, reason: '' }] = pieces;
  expect(bytes).toBeGreaterThan(0);
  expect(reason).toContain(`${url}, after ${bytes} bytes: `);
  expect(asked(server)).toEqual(['/file', `/file bytes=${bytes}-`]);
  const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag');
  expect(server.requests[1]?.headers['if-range']).toBe(etag);
  expect(server.requests[0]?.headers).not.toHaveProperty('if-range');
});

test('goes on where the server stalled, and after an answer without a file', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: text, stall: 400 }, { status: 503 }, { body: text, cut: 1 }, text);
  const { pieces, ...result } = await fetched(url, { limits: { idle: 2000 } });
  expect(result).toMatchObject({ text, sha256 });
  expect(pieces.map(({ bytes }) => bytes)).toEqual([400, 400, 401]);
  expect(asked(server)).toEqual(['/file', '/file bytes=400-', '/file bytes=400-', '/file bytes=401-']);
});

test.each<[string, Partial<FileReply>]>([
  ['has no validator', { etag: null }],
  ['has a weak ETag only', { etag: 'W/"1"' }],
  ['has a weak ETag beside a date', { etag: 'W/"1"', modified: new Date(0) }],
  ['has a date of just now', { etag: null, modified: new Date(Date.now() - 1000) }],
])('begins anew where the file %s', async (_, validators) => {
  const server = await releases();
  const url = server.serve('/file', { body: text, ...validators, cut: 400 }, { body: text, ...validators });
  expect(await fetched(url)).toMatchObject({ text, sha256 });
  expect(asked(server)).toEqual(['/file', '/file']);
});

test('holds the server to a date that is long past', async () => {
  const server = await releases();
  const modified = new Date(Date.now() - 3_600_000);
  const file = { body: text, etag: null, modified };
  const url = server.serve('/file', { ...file, cut: 400 }, file);
  const { pieces, ...result } = await fetched(url);
  expect(result).toMatchObject({ text, sha256 });
  expect(asked(server)).toEqual(['/file', `/file bytes=${pieces[0]?.bytes ?? 0}-`]);
  expect(server.requests[1]?.headers['if-range']).toBe(modified.toUTCString());
});

test('takes all of it where a server sends all of it for a part', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: text, cut: 400 }, { body: text, range: 'ignored' });
  expect(await fetched(url)).toMatchObject({ text, sha256 });
  expect(asked(server)).toHaveLength(2);
});

test('takes the new file where it was replaced meanwhile, and nothing of the old one', async () => {
  const server = await releases();
  const other = 'z'.repeat(1000);
  const url = server.serve('/file', { body: text, cut: 400 }, other);
  expect(await fetched(url)).toMatchObject({ text: other, sha256: hashOf('sha256', other) });
  expect(server.requests[1]?.headers).toHaveProperty('range');
});

test.each<[FileReply['range'], RegExp]>([
  ['start', /cannot be resumed: bytes \d+ to the end were asked for, bytes \d+-999\/1000 was sent/],
  ['total', /cannot be resumed: the file had 1000 bytes and has 1001 now/],
  ['etag', /cannot be resumed: the file has changed meanwhile/],
  ['none', /cannot be resumed: it sent Content-Range ""/],
  ['refused', /cannot be resumed: it has no such part/],
])('begins anew after a wrong answer for a part: %s', async (range, reason) => {
  const server = await releases();
  const url = server.serve(
    '/file',
    { body: text, cut: 400 },
    { body: text, ...(range === undefined ? {} : { range }) },
    text,
  );
  const { pieces, ...result } = await fetched(url);
  expect(result).toMatchObject({ text, sha256 });
  expect(pieces[1]?.reason).toMatch(reason);
  expect(asked(server).at(-1)).toBe('/file');
  expect(server.requests).toHaveLength(3);
});

test('begins anew after a part that is longer than the rest', async () => {
  const server = await releases();
  const url = server.serve(
    '/file',
    { body: text, cut: 400, etag: '"1"' },
    ({ headers }) => ({
      // Chunked, for a length would end it.
      status: 206,
      headers: {
        'content-range': `bytes ${/\d+/.exec(headers.range ?? '')?.[0] ?? ''}-999/1000`,
        'transfer-encoding': 'chunked',
      },
      body: text,
    }),
    text,
  );
  const { pieces, ...result } = await fetched(url);
  expect(result).toMatchObject({ text, sha256 });
  expect(pieces[1]?.reason).toContain('more than the 1000 bytes arrived that the file has');
  expect(asked(server).at(-1)).toBe('/file');
});

test('a part that nobody asked for is refused, and the next attempt asks for all', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: text, range: 'unasked' }, text);
  const { pieces, ...result } = await fetched(url);
  expect(result.text).toBe(text);
  expect(pieces[0]?.reason).toContain('nobody asked for a part');
});

test('a wrong whole out of pieces is fetched anew, and as one piece', async () => {
  const server = await releases();
  const other = 'z'.repeat(1000);
  // The server swears that it is the same file, and it is not.
  const url = server.serve(
    '/file',
    { body: text, cut: 400, etag: '"1"' },
    { body: other, etag: '"1"' },
    { body: text, etag: '"1"' },
  );
  const { pieces, ...result } = await fetched(url, { checksum: `sha256:${sha256}` });
  expect(result).toMatchObject({ text, sha256 });
  expect(pieces[1]?.reason).toContain('is not the file that was promised');
  expect(asked(server).map((one) => one.replace(/\d+/, 'n'))).toEqual(['/file', '/file bytes=n-', '/file']);
});

test('a wrong file that came whole stays wrong', async () => {
  const server = await releases();
  const url = server.serve('/file', 'other', text);
  await failure(document(url, { attempts: 3, checksum: `sha256:${sha256}` }), 'FETCHER_CHECKSUM_MISMATCH');
  expect(server.requests).toHaveLength(1);
});

test('one whose length nobody told may have been cut, and is fetched anew', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: text.slice(0, 300), chunked: true }, text);
  const result = await fetched(url, { checksum: `sha256:${sha256}` });
  expect(result).toMatchObject({ text, sha256 });
  expect(asked(server)).toEqual(['/file', '/file']);
});

test('a file that is gone meanwhile is reported as that', async () => {
  const server = await releases();
  const url = server.serve('/file', { body: text, cut: 400 }, { status: 404 }, text);
  await failure(fetched(url), 'FETCHER_NOT_FOUND');
  expect(server.requests).toHaveLength(2);
});

async function toFile(url: string, own: Partial<DownloadOptions> = {}): Promise<Downloaded & { content: Buffer }> {
  const dir = await testDir();
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'download');
  const store = await fileStore(path);
  const source = parseSource(url);
  const options: DownloadOptions = {
    requireChecksum: true,
    allowWeakChecksum: false,
    env: {},
    attempts: 5,
    backoff: () => 0,
    limits: limits({ bytes: 10_000_000 }),
    ...own,
  };
  try {
    const downloaded = await download(source, promisedChecksums(source, options), store, options);
    return { ...downloaded, content: await readFile(path) };
  } finally {
    await store.close();
  }
}

test('writes megabytes in pieces into a file, and hashes them meanwhile', async () => {
  const server = await releases();
  const body = randomBytes(4_000_000);
  const url = server.serve(
    '/palomad',
    { body, cut: 1_500_000 },
    { body, cut: 1_000_000 },
    { status: 502 },
    { body, range: 'etag' },
    body,
  );
  const hex = hashOf('sha256', body);
  const sha512 = hashOf('sha512', body);
  const { content, ...rest } = await toFile(`${url}?checksum=sha512:${sha512}`, { checksum: hex });
  expect(rest).toEqual({
    bytes: body.length,
    sha256: hex,
    checksum: { algorithm: 'sha512', hex: sha512, from: 'url' },
  });
  expect(content.equals(body)).toBe(true);
  expect(asked(server).map((one) => one.replace(/\d+/, 'n'))).toEqual([
    '/palomad',
    '/palomad bytes=n-',
    '/palomad bytes=n-',
    '/palomad bytes=n-',
    '/palomad',
  ]);
});

test('leaves nothing of the first file in a shorter second one', async () => {
  const server = await releases();
  const body = randomBytes(1000);
  const url = server.serve('/palomad', { body: randomBytes(5000), cut: 4000 }, body);
  const { content } = await toFile(url, { checksum: hashOf('sha256', body) });
  expect(content.equals(body)).toBe(true);
});

test('a file that cannot be made is named with the way out', async () => {
  const dir = await testDir();
  onTestFinished(() => rm(dir, { recursive: true }));
  const error = await failure(fileStore(join(dir, 'absent', 'file')), 'FETCHER_WRITE_FAILED');
  expect(error.message).toContain(join(dir, 'absent', 'file'));
  expect(error.hint).toBe('create the directory first');
});
