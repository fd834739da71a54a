import { fakeElf, tarArchive, type TarEntry, zipArchive, type ZipEntry } from '@chainvisor/testkit';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { FetchLimits } from '../src/index.js';
import { binary, fetched, target } from './binaries.js';
import { failure, releases } from './network.js';

const MIB = 1024 * 1024;
const zeros = Buffer.concat([fakeElf(), Buffer.alloc(20 * MIB)]);
const bombs = {
  'palomad.gz': gzipSync(zeros),
  'palomad.zst': zstdCompressSync(zeros),
  'palomad.tar.gz': gzipSync(tarArchive([{ path: 'palomad', content: zeros }])),
  'palomad.zip': zipArchive([{ path: 'palomad', content: zeros }]),
  // Not one large file, but many.
  'many.tar.gz': gzipSync(
    tarArchive(Array.from({ length: 2000 }, (_, n) => ({ path: `f${n}`, content: Buffer.alloc(10_000) }))),
  ),
  'many.zip': zipArchive(Array.from({ length: 500 }, (_, n) => ({ path: `f${n}`, content: Buffer.alloc(40_000) }))),
  // What nobody would look at: behind the end of the archive, or in a header.
  'behind.tar.gz': gzipSync(
    Buffer.concat([tarArchive([{ path: 'palomad', content: fakeElf() }]), Buffer.alloc(20 * MIB)]),
  ),
  'twice.gz': gzipSync(gzipSync(zeros)),
} as const;

async function expectOver(name: string, body: Uint8Array, limits: Partial<FetchLimits>, why: string): Promise<void> {
  const server = await releases();
  const at = await target();
  const url = server.serve(`/${name}`, body);
  const error = await failure(binary(url, at.destination, { limits }), 'FETCHER_ARCHIVE_LIMIT');
  expect(error.message).toBe(`${url} ${why}`);
  expect(error.hint).toContain('by hand');
  expect(await at.beside()).toEqual([]);
}

test.each(Object.entries(bombs).filter(([name]) => name !== 'twice.gz'))(
  '%s that unpacks to far more than its size is stopped',
  async (name, body) => {
    await expectOver(name, body, {}, `unpacks to more than 100 times its ${body.length} bytes`);
  },
);

test.each(Object.entries(bombs).filter(([name]) => name !== 'twice.gz'))(
  '%s that unpacks to more than may be stored is stopped',
  async (name, body) => {
    await expectOver(name, body, { ratio: 1e6, unpackedBytes: 2 * MIB }, `unpacks to more than ${2 * MIB} bytes`);
  },
);

test('what is packed twice is unpacked once', async () => {
  const error = await failure(fetched('twice.gz', bombs['twice.gz']), 'FETCHER_BINARY_ABSENT');
  expect(error.message).toContain('it is compressed (gzip)');
});

test('a zip archive that lies about its sizes is stopped where they are passed', async () => {
  const body = zipArchive([{ path: 'palomad', content: zeros, says: { size: 100 } }]);
  const error = await failure(fetched('palomad.zip', body), 'FETCHER_ARCHIVE_BROKEN');
  expect(error.message).toContain('has more bytes of "palomad" than it says');
});

test('a zip archive whose entries share their bytes is stopped before they multiply', async () => {
  const entries = Array.from({ length: 5 }, (_, n) =>
    n === 0
      ? { path: 'palomad', content: zeros }
      : { path: `f${n}`, content: zeros, sharedWith: 0, localPath: 'palomad' },
  );
  const fetching = fetched('palomad.zip', zipArchive(entries), { limits: { ratio: 1e6 } });
  expect((await failure(fetching, 'FETCHER_ARCHIVE_UNSAFE')).message).toContain('shares its bytes with another one');
});

test('up to the limit all is well, and small archives may unpack to a mebibyte whatever the ratio', async () => {
  const small = Buffer.concat([fakeElf(), Buffer.alloc(MIB - 64)]);
  const body = gzipSync(small);
  expect(body.length * 100).toBeLessThan(small.length * 2);
  await fetched('palomad.gz', body, { limits: { ratio: 1 } });
  await fetched('palomad.gz', body, { limits: { unpackedBytes: small.length } });
  await failure(fetched('palomad.gz', body, { limits: { unpackedBytes: small.length - 1 } }), 'FETCHER_ARCHIVE_LIMIT');
});

const many = (count: number): TarEntry[] => [
  ...Array.from({ length: count - 1 }, (_, n) => ({ path: `d${n % 100}/f${n}` })),
  { path: 'palomad', content: fakeElf() },
];

const stored = (entry: TarEntry): ZipEntry => ({ path: entry.path, content: entry.content ?? '', method: 0 });

test.each(['tar', 'zip'] as const)('the entries of a %s archive are counted', async (kind) => {
  const name = `palomad.${kind}`;
  const body = kind === 'tar' ? tarArchive(many(50)) : zipArchive(many(50).map(stored));
  await expectOver(name, body, { entries: 49 }, 'has more than 49 entries');
  expect((await fetched(name, body, { limits: { entries: 50 } })).result.member).toBe('palomad');
});

test.each([
  ['100,000 entries of a tar archive', 'palomad.tar.gz', () => gzipSync(tarArchive(many(100_000)), { level: 1 })],
  ['20,000 entries of a zip archive', 'palomad.zip', () => zipArchive(many(20_000).map(stored))],
])('%s are read if they may be there, and told if not', async (_, name, make) => {
  const body = make();
  await expectOver(name, body, {}, 'has more than 10000 entries');
  const { result } = await fetched(name, body, { limits: { entries: 100_000, ratio: 1000 } });
  expect(result).toMatchObject({ member: 'palomad', others: [] });
});

test('a zip archive that says it has more entries than the limit is told before they are looked for', async () => {
  await expectOver('palomad.zip', zipArchive([{ path: 'x' }], 60_000), {}, 'has more than 10000 entries');
});
