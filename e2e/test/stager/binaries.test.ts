import { processesUnder, tarArchive } from '@chainvisor/testkit';
import { describe, it, type TestContext, vi } from 'vitest';
import { gzipSync } from 'node:zlib';

import { elfOfAnotherMachine } from '../../src/fake-elf.ts';
import { patchedProgram } from '../../src/patched-program.ts';
import { sha256 } from '../../src/releases.ts';
import { assetName, flawOf, leftovers, repository, type StagerRun, stagerRun, upgradesOf } from '../../src/stager.ts';

vi.setConfig({ maxConcurrency: 4 });

/** How a release comes: as the binary itself, or as an archive of it. */
const shapes = [
  { name: 'palomad-linux-amd64', pack: (content: Buffer) => content },
  {
    name: assetName,
    pack: (content: Buffer) =>
      gzipSync(
        tarArchive([
          { path: 'LICENSE', content: 'free\n' },
          { path: 'palomad', content, mode: 0o755 },
        ]),
      ),
  },
] as const;

interface Row {
  readonly what: string;
  readonly content: Buffer | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly code: number;
  /** What its message must say. */
  readonly said: readonly RegExp[];
}

const glibc = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;

const rows: readonly Row[] = [
  {
    what: "another platform's binary",
    content: elfOfAnotherMachine(),
    code: 67,
    said: [
      /^Error: palomad will not run here: bin\/palomad would not start here: ELF for (?:arm64|x64).*; this machine is /,
    ],
  },
  { what: 'an empty file', content: Buffer.alloc(0), code: 65, said: [/^Error: .* is empty$/m] },
  {
    what: 'a text file',
    content: Buffer.from('Not Found\n'),
    code: 65,
    said: [/is a text: "Not Found"/],
  },
  {
    what: 'a binary that lacks a library',
    content: patchedProgram(/libc\.so\.6/, 'libq.so.6'),
    code: 67,
    said: [
      /^Error: palomad will not run here: bin\/palomad needs libq\.so\.6, which is nowhere where the dynamic loader looks$/m,
      /\n {2}do: install it on this machine, or put .* in place by hand: .*\/upgrades\/v2\/bin\/palomad, .*\/upgrades\/v2\/lib$/m,
    ],
  },
  {
    what: 'a binary that needs a newer glibc',
    content: patchedProgram(/GLIBC_2\.[1-9]\d/, 'GLIBC_2.99'),
    code: 67,
    said: [
      new RegExp(`palomad needs glibc 2\\.99; this machine has glibc ${glibc?.replace('.', '\\.') ?? ''} `),
      /\n {2}do: get the static/,
    ],
  },
  {
    what: 'a binary that hangs on version',
    content: Buffer.from('#!/bin/sh\nsleep 600\n'),
    env: { CHAINVISOR_STAGER_VERSION_TIMEOUT: '1s' },
    code: 67,
    said: [/^Error: `palomad version` fails: it gave no answer within 1000 ms and was killed$/m],
  },
];

function publish({ server }: StagerRun, { name, pack }: (typeof shapes)[number], content: Buffer): void {
  const body = pack(content);
  server.publish({ repository, tag: 'v2', assets: { [name]: body, 'checksums.txt': `${sha256(body)}  ${name}\n` } });
}

async function expectRefused(t: TestContext, all: StagerRun, { code, said, env }: Row): Promise<void> {
  const end = await all.stager(['stage', 'v2'], env);
  t.expect([end.code, end.stdout]).toEqual([code, '']);
  for (const pattern of said) t.expect(end.stderr).toMatch(pattern);
  // What it tells of is gone when it is read.
  t.expect(end.stderr).not.toContain('.chainvisor/staging');
  t.expect(await upgradesOf(all.run)).toEqual([]);
  t.expect(await leftovers(all.run)).toEqual([]);
  t.expect(await processesUnder(all.run.home.dir)).toEqual([]);
}

describe.concurrent('a release is', () => {
  for (const row of rows) {
    const { what, content } = row;
    const none = content === undefined;
    it.skipIf(none)(
      `${what}: refused, and staged once it is mended${none ? ' (skipped: /bin/true is not linked to glibc)' : ''}`,
      async (t) => {
        const all = await stagerRun(t);
        for (const shape of shapes) {
          publish(all, shape, content as Buffer);
          await expectRefused(t, all, row);
        }
        await all.publish('v2');
        t.expect((await all.stager(['stage', 'v2'])).code).toBe(0);
        t.expect(await flawOf(all.run, 'v2')).toBeUndefined();
      },
    );
  }
});
