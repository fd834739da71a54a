import { fakeElf, tarEnd, tarEntry, waitFor } from '@chainvisor/testkit';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { run } from './running.ts';
import type { Workshop } from './workshop.ts';

/** A release on a server of its own process. */
export interface Release {
  readonly url: string;
  /** Of the archive. */
  readonly sha256: string;
  /** Of the archive. */
  readonly bytes: number;
  /** Of the program in it. */
  readonly binaryBytes: number;
  end(): Promise<void>;
}

/** Makes a tar.gz as Paloma's releases are, with a palomad of so many bytes, and serves it over loopback. */
export async function serveRelease(workshop: Workshop, binaryBytes: number): Promise<Release> {
  const dir = await workshop.room('release');
  const file = join(dir, 'paloma_Linux_x86_64.tar.gz');
  const made = await makeArchive(file, binaryBytes);
  const program = fileURLToPath(new URL('file-server.ts', import.meta.url));
  const server = run([process.execPath, program, file], {}, join(dir, 'output.log'));
  const origin = await waitFor('the server to listen', () => /^http:\S+$/m.exec(server.output())?.[0]);
  return { url: `${origin}/paloma_Linux_x86_64.tar.gz`, ...made, binaryBytes, end: () => server.stop() };
}

async function makeArchive(path: string, binaryBytes: number): Promise<Pick<Release, 'sha256' | 'bytes'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    archive(binaryBytes),
    createGzip(),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  return { sha256: hash.digest('hex'), bytes };
}

function* archive(binaryBytes: number): Generator<Buffer> {
  yield tarEntry({ path: 'LICENSE', content: 'Apache License, version 2.0\n'.repeat(400) });
  yield tarEntry({ path: 'README.md', content: '# Paloma\n'.repeat(500) });
  yield tarEntry({ path: 'palomad', mode: 0o755, size: binaryBytes });
  const head = fakeElf();
  yield head;
  const code = codeLike(8 * 1024 * 1024);
  // The same again and again: nobody looks back that far, gzip least of all, and it need not be made anew.
  for (let left = binaryBytes - head.length; left > 0; left -= code.length) yield code.subarray(0, left);
  yield Buffer.alloc(-binaryBytes & 511);
  yield tarEnd();
}

/**
 * Bytes that compress to a third, as much as Go programs do, and decompress about as fast: short sequences of which some
 * come often and others seldom, as instructions do, and random bytes in between. Random blocks beside empty ones would
 * have the same size and cost nothing to decompress. The same at every call.
 */
function codeLike(length: number): Buffer {
  const random = randomNumbers();
  const words = Array.from({ length: 768 }, () => Array.from({ length: 4 + (random() % 12) }, () => random() & 255));
  const code = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const number = random();
    const word = words[Math.floor(((number & 0xffff) / 0x10000) ** 3 * words.length)] ?? [];
    for (const byte of word) code[at++] = byte;
    if (number > 0x7fffffff) code[at++] = number >>> 16;
  }
  return code;
}

/** Whole numbers of 32 bits from a seed: xorshift by Marsaglia. */
function randomNumbers(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
