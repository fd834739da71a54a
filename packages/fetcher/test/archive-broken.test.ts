import { fakeElf, tarArchive, tarEntry, zipArchive } from '@chainvisor/testkit';
import { createHash } from 'node:crypto';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { binary, fetched, target } from './binaries.js';
import { failure, releases } from './network.js';

/** Bytes that do not compress, the same ones each time. */
const noise = Array.from({ length: 200 }, (_, n) => createHash('sha256').update(String(n)).digest());
const content = Buffer.concat([fakeElf(), ...noise]);
const zstd = (bytes: Buffer): Buffer => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
const entries = [
  { path: 'LICENSE', content: 'words' },
  { path: 'palomad', content, mode: 0o755 },
];
const tar = tarArchive(entries);
const whole = {
  'palomad.gz': gzipSync(content),
  'palomad.zst': zstd(content),
  'palomad.tar': tar,
  'palomad.tar.gz': gzipSync(tar),
  'palomad.tar.zst': zstd(tar),
  'palomad.zip': zipArchive(entries),
} as const;
const names = Object.keys(whole) as (keyof typeof whole)[];

describe.each(names)('%s', (name) => {
  test('cut short anywhere is broken, and leaves nothing', async () => {
    const body = whole[name];
    const server = await releases();
    const at = await target();
    // The end of a tar archive is two empty blocks; one is enough, and nobody misses the second.
    const needed = name === 'palomad.tar' ? body.length - 512 : body.length;
    const step = Math.max(1, Math.floor(needed / 60));
    // Before that it does not look as what it is.
    for (let length = 600; length < needed; length += step) {
      const url = server.serve(`/${name}`, body.subarray(0, length));
      const error = await failure(binary(url, at.destination), 'FETCHER_ARCHIVE_BROKEN');
      expect(error.message.startsWith(url)).toBe(true);
      expect(await at.beside()).toEqual([]);
    }
    await binary(server.serve(`/${name}`, body), at.destination);
    expect(await at.tree()).toEqual(['bin/', 'bin/palomad']);
  });
});

test.each(['palomad.gz', 'palomad.tar.gz', 'palomad.zst', 'palomad.tar.zst', 'palomad.zip'] as const)(
  '%s with a byte changed in the middle is never taken for the right one',
  async (name) => {
    const server = await releases();
    for (let at = 0.2; at < 0.9; at += 0.1) {
      const body = Buffer.from(whole[name]);
      const index = Math.floor(body.length * at);
      body[index] = (body[index] ?? 0) ^ 0x55;
      const place = await target();
      const outcome = await binary(server.serve(`/${name}`, body), place.destination).then(
        () => place.read('bin/palomad'),
        (error: unknown) => (error as { code: string }).code,
      );
      // Some bytes mean nothing, such as a time in a header.
      expect(['FETCHER_ARCHIVE_BROKEN', content.toString('latin1')]).toContain(outcome);
    }
  },
);

const says = (what: object) => zipArchive([{ path: 'palomad', content, ...what }]);

test.each([
  ['more bytes than it says', says({ says: { size: 10 } }), 'has more bytes of "palomad" than it says'],
  ['fewer bytes than it says', says({ says: { size: 99999 } }), 'has fewer bytes of "palomad" than it says'],
  ['another checksum', says({ says: { sum: 1 } }), 'is damaged: the checksum of "palomad" is wrong'],
  [
    'more packed bytes than there are',
    says({ says: { packed: 999999 } }),
    'is damaged: file data overflows file bounds',
  ],
  [
    'fewer packed bytes than there are',
    says({ says: { packed: 20 } }),
    'cannot be decompressed: unexpected end of file',
  ],
  [
    'a stored size that is not the size',
    says({ method: 0, says: { size: 5 } }),
    'is damaged: compressed/uncompressed size mismatch',
  ],
  ['two names for one entry', says({ localPath: 'LICENSE' }), 'gives two names to one entry: "palomad" and "LICENSE"'],
  ['more entries than there are', zipArchive([{ path: 'palomad', content }], 2), 'is damaged: '],
])('a zip archive with %s is broken', async (_, body, why) => {
  const error = await failure(fetched('palomad.zip', body), 'FETCHER_ARCHIVE_BROKEN');
  expect(error.message).toContain(`/palomad.zip ${why}`);
});

test.each([
  ['a header that is no header', Buffer.concat([tar.subarray(0, 1024), Buffer.alloc(512, 0x41), tar]), 'is damaged: '],
  ['no end', Buffer.concat(entries.map(tarEntry)), 'is cut short: the end of the archive is missing'],
  ['a size beyond its end', tarArchive([{ path: 'palomad', content, size: 8 ** 10 }]), 'is damaged: '],
  [
    'a hard link before its file',
    tarArchive([{ path: 'x', type: '1', target: 'palomad' }]),
    'has a hard link "x" to "palomad", which is not before it',
  ],
  [
    'a header of its own that is too long',
    tarArchive([{ path: 'h', type: 'x', content: `1100000 comment=${'x'.repeat(1_100_000)}\n` }, ...entries]),
    'has an extended header of more than a megabyte',
  ],
])('a tar archive with %s is broken', async (_, body, why) => {
  const error = await failure(fetched('palomad.tar', body), 'FETCHER_ARCHIVE_BROKEN');
  expect(error.message).toContain(`/palomad.tar ${why}`);
});

test('what follows the end of a tar archive is padding', async () => {
  const body = gzipSync(Buffer.concat([tar, Buffer.alloc(3_000_000, 0x41)]));
  const { at } = await fetched('palomad.tar.gz', body, { limits: { ratio: 10_000 } });
  expect(await at.tree()).toEqual(['bin/', 'bin/palomad']);
});
