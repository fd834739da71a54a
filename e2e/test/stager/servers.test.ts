import { type FileReply, type Replier, tarArchive } from '@chainvisor/testkit';
import { describe, it, type TestContext, vi } from 'vitest';
import { gzipSync } from 'node:zlib';

import { sha256 } from '../../src/releases.ts';
import { assetName, flawOf, leftovers, repository, type StagerRun, stagerRun, upgradesOf } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 4 });

const path = (name: string) => `/${repository}/releases/download/v2/${name}`;
const twice = { CHAINVISOR_STAGER_ATTEMPTS: '2' };

async function expectStaged(t: TestContext, { run, stager }: StagerRun, env = {}): Promise<void> {
  const { code, stdout, stderr } = await stager(['stage', 'v2'], env);
  t.expect([code, stderr, stdout.startsWith('staged "v2" ')]).toEqual([0, '', true]);
  t.expect(await flawOf(run, 'v2')).toBeUndefined();
  t.expect(await leftovers(run)).toEqual([]);
}

interface Refusal {
  readonly code: number;
  readonly said: readonly RegExp[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Fails as told and leaves nothing; once the release is as it should be, the next run stages it. */
async function expectRefused(t: TestContext, all: StagerRun, { code, said, env = {} }: Refusal): Promise<void> {
  const end = await all.stager(['stage', 'v2'], env);
  t.expect([end.code, end.stdout]).toEqual([code, '']);
  for (const pattern of said) t.expect(end.stderr).toMatch(pattern);
  t.expect(await upgradesOf(all.run)).toEqual([]);
  t.expect(await leftovers(all.run)).toEqual([]);
  await all.publish('v2');
  await expectStaged(t, all);
}

describe.concurrent('a download is tried again', () => {
  const half = 100_000;

  it.for<{ what: string; replies: (body: Buffer) => [Replier, Replier]; ranges: readonly (string | undefined)[] }>([
    { what: 'cut in the middle', replies: (body) => [{ body, cut: half }, body], ranges: [undefined, 'bytes=n-'] },
    {
      what: 'cut, and the rest is answered by all of it',
      replies: (body) => [
        { body, cut: half },
        { body, range: 'ignored' },
      ],
      ranges: [undefined, 'bytes=n-'],
    },
    { what: 'a server in trouble', replies: (body) => [{ status: 500 }, body], ranges: [undefined, undefined] },
  ])('$what', async ({ replies, ranges }, t) => {
    const all = await stagerRun(t);
    all.server.serve(path(assetName), ...replies(await all.publish('v2')));
    await expectStaged(t, all, twice);
    const asked = all.server.requests.filter((request) => request.path === path(assetName));
    t.expect(asked.map(({ headers }) => headers.range?.replace(/\d+/, 'n'))).toEqual(ranges);
  });
});

describe.concurrent('a server is refused that', () => {
  it.for<{ what: string; reply: (body: Buffer) => [Replier, ...Replier[]] } & Refusal>([
    {
      what: 'cuts the file in the middle',
      reply: (body) => [{ body, cut: 1000 }],
      code: 74,
      said: [/after \d+ bytes: other side closed/],
    },
    { what: 'is in trouble', reply: () => [{ status: 500 }], code: 74, said: [/HTTP 500/] },
    {
      what: 'sends another part than was asked for',
      reply: (body) => [
        { body, cut: 100_000 },
        { body, range: 'start' },
      ],
      env: twice,
      code: 74,
      said: [/cannot be resumed: bytes (\d+) to the end were asked for, bytes (?!\1-)\d+-\d+\/\d+ was sent/],
    },
    {
      what: 'sends less than it announced',
      reply: (body) => [{ body, announce: body.length + 1, cut: body.length }],
      code: 74,
      said: [/after \d+ bytes: /],
    },
    {
      what: 'announces less than there is',
      reply: (body) => [{ body, announce: body.length - 1 }],
      code: 65,
      said: [/is not the file that was promised: expected sha256:[0-9a-f]{64} .*got sha256:/],
    },
    {
      what: 'redirects in a circle',
      reply: () => [{ redirect: path(assetName) }],
      code: 74,
      said: [/redirects to .*: that is a circle/],
    },
    {
      what: 'redirects to a file',
      reply: () => [{ redirect: 'file:///etc/passwd' }],
      code: 74,
      said: [/redirects to file:\/\/\/etc\/passwd: only http and https are followed/],
    },
    {
      what: 'announces more than any release has',
      reply: (body) => [{ body, announce: 2 ** 31 }],
      code: 65,
      said: [/is too large: 2147483648 bytes, at most 1073741824 are fetched/],
    },
    {
      what: 'never ends',
      reply: () => [{ body: 'x'.repeat(1000), endless: true }],
      env: { CHAINVISOR_STAGER_DOWNLOAD_TIME: '1s' },
      code: 74,
      said: [/took longer than 1000 ms/],
    },
    {
      what: 'says nothing',
      reply: (body) => [{ body, stall: 'headers' }],
      env: { CHAINVISOR_STAGER_DOWNLOAD_TIME: '1s' },
      code: 74,
      said: [/took longer than 1000 ms/],
    },
  ])('$what', async ({ reply, ...refusal }, t) => {
    const all = await stagerRun(t);
    all.server.serve(path(assetName), ...reply(await all.publish('v2')));
    await expectRefused(t, all, refusal);
  });

  it('sends an archive that would fill the disk', async (t) => {
    const all = await stagerRun(t);
    const content = Buffer.alloc(64 * 2 ** 20);
    content.write('#!/bin/sh\n');
    const bomb = gzipSync(tarArchive([{ path: 'palomad', content, mode: 0o755 }]));
    const assets = { [assetName]: bomb, 'checksums.txt': `${sha256(bomb)}  ${assetName}\n` };
    all.server.publish({ repository, tag: 'v2', assets });
    await expectRefused(t, all, { code: 65, said: [/unpacks to more than 100 times its \d+ bytes/] });
  });
});

describe.concurrent('a list of checksums', () => {
  const other = 'ab'.repeat(32);

  it.for<{ what: string; list: (sum: string) => string | FileReply } & Refusal>([
    {
      what: 'without our file',
      list: (sum) => `${sum}  other.tar.gz\n`,
      code: 65,
      said: [/checksums\.txt has no checksum for "paloma_Linux_x86_64\.tar\.gz": it has "other\.tar\.gz"/],
    },
    {
      what: 'with two checksums for our file',
      list: (sum) => `${sum}  ${assetName}\n${other}  ${assetName}\n`,
      code: 65,
      said: [/checksums\.txt has 2 different checksums for "paloma_Linux_x86_64\.tar\.gz": [0-9a-f]{64}, abab/],
    },
    { what: 'that is empty', list: () => '', code: 65, said: [/checksums\.txt is empty/] },
    {
      what: 'that never ends',
      list: () => ({ body: 'x'.repeat(60_000), endless: true }),
      code: 65,
      said: [/checksums\.txt is too large: more than 33554432 bytes arrived/],
    },
    {
      what: 'of another build',
      list: () => `${other}  ${assetName}\n`,
      code: 65,
      said: [/is not the file that was promised: expected sha256:abab/],
    },
  ])('$what is told of, and nothing is taken without', async ({ list, ...refusal }, t) => {
    const all = await stagerRun(t);
    const body = await all.archive('v2');
    // As before GitHub told the hash of each file.
    all.server.publish({
      repository,
      tag: 'v2',
      digests: false,
      assets: { [assetName]: body, 'checksums.txt': list(sha256(body)) },
    });
    await expectRefused(t, all, refusal);
  });

  it('that its server cannot send just now may come with the next run, and is not done without', async (t) => {
    const all = await stagerRun(t);
    const body = await all.archive('v2');
    all.server.publish({ repository, tag: 'v2', digests: false, assets: { [assetName]: body, 'checksums.txt': 'x' } });
    all.server.serve(path('checksums.txt'), { status: 503 });
    const env = { CHAINVISOR_STAGER_REQUIRE_CHECKSUM: 'false' };
    await expectRefused(t, all, { env, code: 74, said: [/release: .*checksums\.txt.*HTTP 503/] });
  });
});
