import { writeFileSync } from 'node:fs';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fakeElf, tarArchive } from '@chainvisor/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { binary, target, tarGz } from './binaries.js';
import { failure, hashOf, releases } from './network.js';

const elf = fakeElf('palomad');
const asRoot = process.getuid?.() === 0;

test.each([
  ['a file', (path: string) => writeFile(path, 'mine')],
  ['a directory', (path: string) => mkdir(path)],
  ['a link to nothing', (path: string) => symlink('nowhere', path)],
])('%s at the destination is left alone, and nothing is fetched', async (_, make) => {
  const server = await releases();
  const at = await target();
  await make(at.destination);
  const error = await failure(binary(server.serve('/palomad', elf), at.destination), 'FETCHER_DESTINATION_EXISTS');
  expect(error.message).toBe(`${at.destination} is there already`);
  expect(await at.beside()).toEqual(['v2']);
  expect(server.requests).toEqual([]);
});

test('what appears at the destination meanwhile is left alone', async () => {
  const server = await releases();
  const at = await target();
  const url = server.serve('/palomad', elf);
  const onProgress = (): void => writeFileSync(at.destination, 'mine');
  await failure(binary(url, at.destination, { onProgress }), 'FETCHER_DESTINATION_EXISTS');
  expect(await at.beside()).toEqual(['v2']);
});

test('of two at once for one destination one wins, and the other says so', async () => {
  const server = await releases();
  const at = await target();
  const url = server.serve('/palomad.tar.gz', tarGz([{ path: 'palomad', content: elf }]));
  const outcomes = await Promise.allSettled([binary(url, at.destination), binary(url, at.destination)]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const lost = outcomes.find((outcome) => outcome.status === 'rejected')?.reason as { code: string };
  expect(lost.code).toBe('FETCHER_DESTINATION_EXISTS');
  expect(await at.beside()).toEqual(['v2']);
  expect(await at.read('bin/palomad')).toBe(elf.toString('latin1'));
});

test('a destination without a parent is an error that says what to do', async () => {
  const server = await releases();
  const at = await target();
  const deeper = join(at.destination, 'deeper');
  const error = await failure(binary(server.serve('/palomad', elf), deeper), 'FETCHER_WRITE_FAILED');
  expect(error.message).toMatch(new RegExp(`^cannot make ${deeper}: ENOENT`));
  expect(error.hint).toBe('create the directory first');
  expect(await at.beside()).toEqual([]);
});

test.skipIf(asRoot)(
  `a parent that may not be written to is an error that says so${asRoot ? ' (skipped: root may)' : ''}`,
  async () => {
    const server = await releases();
    const at = await target();
    const parent = join(at.destination, '..');
    await chmod(parent, 0o555);
    onTestFinished(() => chmod(parent, 0o755));
    const error = await failure(binary(server.serve('/palomad', elf), at.destination), 'FETCHER_WRITE_FAILED');
    expect(error.hint).toBe('give this user access to the directory');
  },
);

test.each(['', 'a\0b'])('no path at all is an error: %j', async (destination) => {
  const server = await releases();
  const error = await failure(binary(server.serve('/palomad', elf), destination), 'FETCHER_OPTION_INVALID');
  expect(error.message).toBe(`destination is ${JSON.stringify(destination)}: expected a path`);
});

test.each(['', '.', '..', 'bin/palomad', 'a\0b', 'x'.repeat(256)])('%j is no name of a daemon', async (daemon) => {
  const server = await releases();
  const at = await target();
  const error = await failure(
    binary(server.serve('/palomad', elf), at.destination, { daemon }),
    'FETCHER_OPTION_INVALID',
  );
  expect(error.message).toContain('expected a file name');
  expect(server.requests).toEqual([]);
});

test('a path may end with a slash, and be relative', async () => {
  const server = await releases();
  const at = await target();
  await binary(server.serve('/palomad', elf), `${at.destination}/`);
  expect(await at.tree()).toEqual(['bin/', 'bin/palomad']);
  const other = await target();
  await binary(server.serve('/palomad', elf), relative(process.cwd(), other.destination));
  expect(await other.tree()).toEqual(['bin/', 'bin/palomad']);
});

test('the modes are those of a program for everybody, whatever the umask', async () => {
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  const server = await releases();
  const at = await target();
  const url = server.serve(
    '/palomad.tar',
    tarArchive([
      { path: 'palomad', content: elf },
      { path: 'libx.so', content: elf },
    ]),
  );
  await binary(url, at.destination);
  const modes = ['.', 'bin', 'bin/palomad', 'lib', 'lib/libx.so'].map(
    async (path) => (await stat(join(at.destination, path))).mode & 0o7777,
  );
  expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o755, 0o755, 0o644]);
});

describe('a checksum', () => {
  // Anything of it that were unpacked would be an error of another kind.
  const hostile = tarGz([{ path: '/etc/x', content: 'x' }]);

  test('that is wrong leaves nothing, and nothing was unpacked', async () => {
    const server = await releases();
    const at = await target();
    const seen: string[] = [];
    const url = server.serve('/palomad.tar.gz', hostile);
    const fetching = binary(`${url}?checksum=sha256:${'0'.repeat(64)}`, at.destination, {
      onProgress: ({ phase }) => void seen.push(phase),
    });
    const error = await failure(fetching, 'FETCHER_CHECKSUM_MISMATCH');
    expect(error.message).toContain(`got sha256:${hashOf('sha256', hostile)}`);
    expect(new Set(seen)).toEqual(new Set(['download']));
    expect(await at.beside()).toEqual([]);
  });

  test('that is missing though required is an error before anything is fetched', async () => {
    const server = await releases();
    const at = await target();
    const url = server.serve('/palomad', elf);
    await failure(binary(url, at.destination, { requireChecksum: true }), 'FETCHER_CHECKSUM_MISSING');
    expect(server.requests).toEqual([]);
    expect(await at.beside()).toEqual([]);
  });

  test('that is right is told, and is that of the archive, not of the binary', async () => {
    const server = await releases();
    const at = await target();
    const archive = tarGz([{ path: 'palomad', content: elf }]);
    const hex = hashOf('sha256', archive);
    const url = server.serve('/palomad.tar.gz', archive);
    const result = await binary(`${url}?checksum=sha256:${hex}`, at.destination, { requireChecksum: true });
    expect(result).toMatchObject({ sha256: hex, checksum: { algorithm: 'sha256', hex, from: 'url' } });
  });
});

test('unpacking is told with the bytes of the archive, up to the last one', async () => {
  const server = await releases();
  const at = await target();
  const body = gzipSync(tarArchive([{ path: 'palomad', content: Buffer.concat([elf, Buffer.alloc(2_000_000)]) }]), {
    level: 0,
  });
  const seen: { phase: string; bytes: number; total?: number }[] = [];
  await binary(server.serve('/palomad.tar.gz', body), at.destination, {
    onProgress: (progress) => void seen.push(progress),
  });
  const unpacking = seen.filter(({ phase }) => phase === 'unpack');
  expect(unpacking.length).toBeGreaterThan(2);
  expect(unpacking.at(-1)).toEqual({ phase: 'unpack', bytes: body.length, total: body.length });
  expect(unpacking.map(({ bytes }) => bytes)).toEqual(unpacking.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
});

test('an abort while unpacking leaves nothing, and says why', async () => {
  const server = await releases();
  const at = await target();
  const body = gzipSync(tarArchive([{ path: 'palomad', content: Buffer.concat([elf, Buffer.alloc(4_000_000)]) }]), {
    level: 0,
  });
  const controller = new AbortController();
  const reason = new Error('enough');
  let progressed = 0;
  const fetching = binary(server.serve('/palomad.tar.gz', body), at.destination, {
    signal: controller.signal,
    onProgress: ({ phase }) => {
      if (phase === 'unpack' && (progressed += 1) === 2) controller.abort(reason);
    },
  });
  expect((await failure(fetching, 'FETCHER_ABORTED')).cause).toBe(reason);
  expect(progressed).toBe(2);
  expect(await at.beside()).toEqual([]);
});
