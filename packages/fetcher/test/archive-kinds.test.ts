import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { fakeElf, tarArchive, zipArchive } from '@chainvisor/testkit';
import { describe, expect, test } from 'vitest';
import { fetched } from './binaries.js';
import { failure, hashOf } from './network.js';

const elf = fakeElf('palomad');
const text = elf.toString('latin1');
const inTar = tarArchive([{ path: 'palomad', content: elf, mode: 0o755 }]);
const bodies = {
  raw: elf,
  gz: gzipSync(elf),
  zst: zstdCompressSync(elf),
  tar: inTar,
  'tar.gz': gzipSync(inTar),
  'tar.zst': zstdCompressSync(inTar),
  zip: zipArchive([{ path: 'palomad', content: elf }]),
} as const;
const names = [
  'palomad',
  'palomad.gz',
  'palomad.tar.gz',
  'palomad.tgz',
  'palomad.tar',
  'palomad.tar.zst',
  'palomad.zip',
];
const kinds = Object.keys(bodies) as (keyof typeof bodies)[];

describe.each(names)('named %s', (name) => {
  test.each(kinds)('a file that is %s is taken for what it is', async (kind) => {
    const { result, at } = await fetched(name, bodies[kind]);
    expect(result).toEqual({
      source: expect.stringContaining(`/${name}`) as string,
      sha256: hashOf('sha256', bodies[kind]),
      bytes: bodies[kind].length,
      kind,
      ...(/tar|zip/.test(kind) ? { member: 'palomad' } : {}),
      binary: 'bin/palomad',
      libraries: [],
      others: [],
    });
    expect(await at.tree()).toEqual(['bin/', 'bin/palomad']);
    expect(await at.beside()).toEqual(['v2']);
    expect(await at.read('bin/palomad')).toBe(text);
    const modes = await Promise.all(['.', 'bin', 'bin/palomad'].map((path) => stat(join(at.destination, path))));
    expect(modes.map(({ mode }) => mode & 0o7777)).toEqual([0o755, 0o755, 0o755]);
  });
});

test.each([
  ['archive=tar.gz', 'tar.gz', bodies['tar.gz']],
  ['archive=tgz', 'tar.gz', bodies['tar.gz']],
  ['archive=gz', 'gz', bodies.gz],
  ['archive=tar', 'tar', bodies.tar],
  ['archive=zst', 'zst', bodies.zst],
  ['archive=tar.zst', 'tar.zst', bodies['tar.zst']],
  ['archive=zip', 'zip', bodies.zip],
  ['archive=false', 'raw', bodies.raw],
])('%s is followed whatever the name says', async (query, kind, body) => {
  const { result, at } = await fetched('palomad.tar.xz', body, { query: `?${query}` });
  expect(result.kind).toBe(kind);
  expect(await at.read('bin/palomad')).toBe(text);
});

test.each([
  ['archive=tar.gz', bodies.zip],
  ['archive=tar.gz', bodies.raw],
  ['archive=tar.gz', bodies.gz],
  ['archive=zip', bodies['tar.gz']],
  ['archive=tar', bodies['tar.gz']],
  ['archive=zst', bodies.gz],
])('%s of something else is an error', async (query, body) => {
  const error = await failure(fetched('palomad', body, { query: `?${query}` }), 'FETCHER_ARCHIVE_BROKEN');
  expect(error.message).toMatch(
    /\/palomad (?:is not (?:tar.gz|zip|tar|zst), which its archive parameter says|is damaged)/,
  );
});

test.each([
  ['archive=false', bodies['tar.gz'], 'compressed (gzip)'],
  ['archive=gz', bodies['tar.gz'], 'a tar archive'],
  ['archive=false', bodies.zip, 'a zip archive'],
])('%s is not unpacked further than it says', async (query, body, what) => {
  const error = await failure(fetched('palomad.tar.gz', body, { query: `?${query}` }), 'FETCHER_BINARY_ABSENT');
  expect(error.message).toContain(`holds no program: it is ${what}`);
});

test.each([
  ['a text', 'Not found, sorry\nbye', 'a text: "Not found, sorry"'],
  ['a macOS program', Buffer.from('cffaedfe0c000001', 'hex'), 'a macOS program'],
  ['a Windows program', Buffer.from('MZ\x90\0'), 'a Windows program'],
  ['something unknown', Buffer.from([0, 1, 2, 3]), 'no program that is known here'],
])('%s is no program, alone or compressed', async (_, body, what) => {
  for (const [name, whole] of [
    ['palomad', Buffer.from(body)],
    ['palomad.gz', gzipSync(body)],
  ] as const) {
    const error = await failure(fetched(name, whole), 'FETCHER_BINARY_ABSENT');
    expect(error.message).toContain(`/${name} holds no program: it is ${what}`);
    expect(error.hint).toContain('check the address');
  }
});

test('nothing, compressed, is no program', async () => {
  for (const body of [gzipSync(''), zstdCompressSync('')]) {
    const error = await failure(fetched('palomad.gz', body), 'FETCHER_BINARY_ABSENT');
    expect(error.message).toContain('holds no program: it is empty');
  }
});

test('a page where an archive is expected says what it is', async () => {
  const error = await failure(fetched('palomad.tar.gz', '<!DOCTYPE html>\n<html>'), 'FETCHER_ARCHIVE_BROKEN');
  expect(error.message).toContain('is not tar.gz, as its name says, but a text: "<!DOCTYPE html>"');
});

test.each([
  ['palomad', 'fd377a585a0000', 'xz'],
  ['palomad.tar.gz', '425a6839', 'bzip2'],
  ['palomad', '213c617263683e0a', 'ar, which Debian packages are'],
])('what is compressed in another way is refused by its name', async (name, hex, what) => {
  const error = await failure(fetched(name, Buffer.from(hex, 'hex')), 'FETCHER_KIND_UNSUPPORTED');
  expect(error.message).toContain(`/${name} is ${what}; that is not unpacked here`);
});

test('a script with #! is a program: builds that wrap the node are', async () => {
  const { result, at } = await fetched('palomad', '#!/bin/sh\nexec true\n');
  expect(result.kind).toBe('raw');
  expect(await at.read('bin/palomad')).toBe('#!/bin/sh\nexec true\n');
});

test('of several gzip members, or zstd frames, all are one file', async () => {
  const halves = [elf.subarray(0, 30), elf.subarray(30)];
  for (const compress of [gzipSync, zstdCompressSync]) {
    const { at } = await fetched('palomad', Buffer.concat(halves.map((half) => compress(half))));
    expect(await at.read('bin/palomad')).toBe(text);
  }
});
