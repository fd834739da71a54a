import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { fakeElf, tarArchive } from '@chainvisor/testkit';
import { expect, test } from 'vitest';
import { target, type Target } from './binaries.js';
import { releases } from './network.js';

const FETCHER = fileURLToPath(new URL('fetcher.js', import.meta.url));
const content = Buffer.concat([fakeElf(), Buffer.alloc(8_000_000, 'palomad ')]);
const archive = tarArchive([
  { path: 'LICENSE', content: 'words' },
  { path: 'palomad', content },
  { path: 'libx.so', content: fakeElf('lib') },
]);
// Barely compressed, so that there is something to do.
const body = gzipSync(archive, { level: 0 });

/** Runs it, and kills it once `until` is settled. Whether it had ended before. */
async function killed(
  url: string,
  at: Target,
  until: (said: AsyncIterable<Buffer>) => Promise<void>,
): Promise<boolean> {
  const child = spawn(process.execPath, [FETCHER, url, at.destination], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await Promise.race([until(child.stdout), exited]);
  child.kill('SIGKILL');
  const [code] = (await exited) as [number | null];
  return code === 0;
}

const never = (said: AsyncIterable<Buffer>): Promise<void> =>
  saying('never')(said).then(() => new Promise(() => undefined));

/** The whole of it, or nothing; beside it at most what is hidden. */
async function expectWholeOrNothing(at: Target): Promise<boolean> {
  const beside = await readdir(dirname(at.destination));
  const others = beside.filter((name) => name !== 'v2');
  expect(others.filter((name) => !/^\.fetch-\w{6}$/.test(name))).toEqual([]);
  expect(others.length).toBeLessThanOrEqual(1);
  if (!beside.includes('v2')) return false;
  expect(await at.tree()).toEqual(['bin/', 'bin/palomad', 'lib/', 'lib/libx.so']);
  expect(Buffer.from(await at.read('bin/palomad'), 'latin1').equals(content)).toBe(true);
  return true;
}

const saying = (word: string) => async (said: AsyncIterable<Buffer>) => {
  for await (const chunk of said) if (chunk.toString().split('\n').includes(word)) return;
};

test.each(['begun', 'download', 'unpack'])('killed after it says %s, it leaves only what is hidden', async (word) => {
  const server = await releases();
  const at = await target();
  const url = server.serve('/palomad.tar.gz', word === 'download' ? { body, stall: 5_000_000 } : body);
  const ended = await killed(url, at, saying(word));
  const whole = await expectWholeOrNothing(at);
  // It may be quicker than the kill; not where it waits for bytes that never come.
  if (word === 'download') expect({ ended, whole }).toEqual({ ended: false, whole: false });
  if (ended) expect(whole).toBe(true);
});

test('killed at any moment, the destination is whole or not there, and the next one has it', async () => {
  const server = await releases();
  const url = server.serve('/palomad.tar.gz', body);
  const first = await target();
  const start = performance.now();
  expect(await killed(url, first, never)).toBe(true);
  const lasts = performance.now() - start;
  for (let round = 0; round < 12; round += 1) {
    const at = await target();
    // Random on purpose: the moment of the kill is what is being tried.
    const ended = await killed(url, at, () => delay(lasts * (0.3 + Math.random() * 0.7)));
    const whole = await expectWholeOrNothing(at);
    if (ended) expect(whole).toBe(true);
    if (whole) continue;
    expect(await killed(url, at, never)).toBe(true);
    expect(await at.tree()).toEqual(['bin/', 'bin/palomad', 'lib/', 'lib/libx.so']);
  }
});
