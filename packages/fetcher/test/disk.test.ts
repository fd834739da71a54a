import { execFile, execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fakeElf } from '@chainvisor/testkit';
import { expect, test } from 'vitest';
import { target, tarGz } from './binaries.js';
import { releases } from './network.js';

const SMALL_DISKS = fileURLToPath(new URL('small-disks.js', import.meta.url));
// A user who is not root is one in a user namespace of his own, where the system lets him have one.
const unshare = [...(process.getuid?.() === 0 ? [] : ['-Ur']), '-m', '--propagation', 'private'];
const refused = whyRefused();
const title = (text: string): string => (refused === undefined ? text : `${text} (skipped: ${refused})`);

function whyRefused(): string | undefined {
  try {
    execFileSync('unshare', [...unshare, 'sh', '-c', 'mount -t tmpfs none /mnt'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').join(' ').trim();
  }
}

interface Outcome {
  readonly disk: string;
  readonly outcome: 'done' | { readonly code: string; readonly message: string; readonly hint?: string };
  readonly left: readonly string[];
}

/** How fetching goes on each of these file systems, a megabyte of zeros as the binary and a library of two names. */
async function fetchedOn(disks: readonly string[]): Promise<Outcome[]> {
  const server = await releases();
  const at = await target();
  await mkdir(at.destination);
  const url = server.serve(
    '/palomad.tar.gz',
    tarGz([
      { path: 'palomad', content: Buffer.concat([fakeElf(), Buffer.alloc(500_000)]) },
      { path: 'libx.so.1', content: Buffer.concat([fakeElf(), Buffer.alloc(200_000)]) },
      { path: 'libx.so', type: '2', target: 'libx.so.1' },
    ]),
  );
  const args = [...unshare, process.execPath, SMALL_DISKS, url, at.destination, ...disks];
  const { stdout } = await promisify(execFile)('unshare', args);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
}

const whole = ['v2', 'v2/bin', 'v2/bin/palomad', 'v2/lib', 'v2/lib/libx.so', 'v2/lib/libx.so.1'];

test.skipIf(refused !== undefined)(
  title('on a disk that fills up at any step nothing is left, and with room enough all of it is there'),
  async () => {
    const sizes = Array.from({ length: 27 }, (_, n) => `size=${4 + n * 36}k`);
    const inodes = Array.from({ length: 14 }, (_, n) => `nr_inodes=${n + 2}`);
    const outcomes = await fetchedOn([...sizes, ...inodes]);
    expect(outcomes).toHaveLength(sizes.length + inodes.length);
    for (const { outcome, left } of outcomes) {
      if (outcome === 'done') {
        expect(left).toEqual(whole);
        continue;
      }
      expect(outcome.code).toBe('FETCHER_WRITE_FAILED');
      expect(outcome.message).toMatch(/: ENOSPC: no space left on device/);
      expect(outcome.hint).toBe('the file system is full: free some space');
      expect(left).toEqual([]);
    }
    const done = outcomes.filter(({ outcome }) => outcome === 'done').map(({ disk }) => disk);
    expect(done).toEqual(expect.arrayContaining([sizes.at(-1), inodes.at(-1)]));
    const messages = outcomes.map(({ outcome }) => (outcome === 'done' ? '' : outcome.message)).join('\n');
    for (const step of ['download', 'finished', 'unpacked', 'unpacked/1', 'finished/bin', 'finished/lib']) {
      expect(messages).toMatch(new RegExp(`/\\.fetch-\\w+/${step}\\W`));
    }
  },
);

test.skipIf(refused !== undefined)(title('a parent that is mounted read-only is an error that says so'), async () => {
  const [only] = await fetchedOn(['ro']);
  expect(only).toEqual({
    disk: 'ro',
    outcome: {
      code: 'FETCHER_WRITE_FAILED',
      message: expect.stringMatching(/^cannot make .*\/v2: EROFS: read-only file system/) as string,
      hint: 'the file system is mounted read-only: make it writable',
    },
    left: [],
  });
});
