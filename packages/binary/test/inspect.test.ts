import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryError, checkBinary, inspectBinary } from '../src/index.ts';
import type { ElfFacts } from '../src/index.ts';
import { buildElf, loader } from './elf.ts';
import { put, temporary } from './files.ts';

async function facts(content: Uint8Array, mode = 0o755): Promise<ElfFacts> {
  const found = await inspectBinary(put(join(temporary(), 'palomad'), content, mode));
  if (found.format !== 'elf') throw new Error(`taken for ${found.format}`);
  return found;
}

const full = {
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  needed: ['libwasmvm.x86_64.so', 'libc.so.6'],
  runpath: '$ORIGIN/../lib:/go/pkg/mod/wasmvm/api',
  rpath: '/old',
  requires: { 'libc.so.6': ['GLIBC_2.2.5', 'GLIBC_2.34', 'GLIBC_2.4'], 'libm.so.6': ['GLIBC_2.29', 'GLIBC_9.9?'] },
} as const;

describe('inspectBinary', () => {
  it('tells what a program needs', async () => {
    expect(await facts(buildElf(full), 0o644)).toEqual({
      format: 'elf',
      machine: process.arch,
      bits: 64,
      kind: 'program',
      native: true,
      interpreter: full.interpreter,
      libc: 'glibc',
      static: false,
      glibc: { version: '2.34', library: 'libc.so.6' },
      needed: full.needed,
      soname: undefined,
      rpath: ['/old'],
      runpath: ['$ORIGIN/../lib', '/go/pkg/mod/wasmvm/api'],
      noDefaultLibraries: false,
      requires: [
        { library: 'libc.so.6', versions: ['GLIBC_2.2.5', 'GLIBC_2.34', 'GLIBC_2.4'] },
        { library: 'libm.so.6', versions: ['GLIBC_2.29'] },
      ],
      defines: [],
      damage: [],
    });
  });

  it('compares glibc versions as numbers, not as text', async () => {
    const found = await facts(buildElf({ ...full, requires: { libc: ['GLIBC_2.9', 'GLIBC_2.10', 'GLIBC_PRIVATE'] } }));
    expect(found.glibc).toEqual({ version: '2.10', library: 'libc' });
  });

  it('tells a shared library and its versions', async () => {
    const found = await facts(buildElf({ soname: 'libfoo.so.1', defines: ['FOO_1', 'FOO_2'] }));
    expect(found).toMatchObject({ kind: 'library', soname: 'libfoo.so.1', defines: ['FOO_1', 'FOO_2'], libc: 'none' });
  });

  it('tells a static program, and one built for musl', async () => {
    expect(await facts(buildElf({}))).toMatchObject({ static: true, libc: 'none', needed: [], glibc: undefined });
    const musl = await facts(buildElf({ interpreter: '/lib/ld-musl-x86_64.so.1', needed: ['libc.so'] }));
    expect(musl).toMatchObject({ static: false, libc: 'musl' });
  });

  it('reads a file of another machine, and says which', async () => {
    const file = buildElf(full);
    file.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
    const machine = process.arch === 'arm64' ? 'x64' : 'arm64';
    expect(await facts(file)).toMatchObject({ machine, native: false, needed: full.needed });
    file.writeUInt16LE(9999, 18);
    expect(await facts(file)).toMatchObject({ machine: 'machine 9999', native: false });
    file.writeUInt8(1, 4);
    expect(await facts(file)).toMatchObject({ bits: 32, native: false, static: false, needed: [], damage: [] });
  });

  it('agrees with what this process runs with', async () => {
    const found = await inspectBinary(process.execPath);
    expect(found).toMatchObject({ format: 'elf', machine: process.arch, kind: 'program', native: true, damage: [] });
    const mapped = readFileSync('/proc/self/maps', 'utf8');
    if (found.format !== 'elf') return;
    if (found.interpreter !== undefined) expect(mapped).toContain(realpathSync(found.interpreter));
    for (const library of found.needed) expect(mapped).toContain(library.replace(/\.so.*/, ''));
  });

  it('tells scripts and other files', async () => {
    const dir = temporary();
    expect(await inspectBinary(put(join(dir, 'a'), '#!/bin/sh\n'))).toEqual({ format: 'script' });
    for (const content of ['', 'Not Found\n', '\x7fELF', Buffer.alloc(100)]) {
      expect(await inspectBinary(put(join(dir, 'b'), content))).toEqual({ format: 'other' });
    }
  });

  it('refuses what cannot be read, without hanging on it', async () => {
    const dir = temporary();
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    for (const path of [join(dir, 'none'), dir, join(dir, 'fifo')]) {
      const error: unknown = await inspectBinary(path).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BinaryError);
      expect(error).toMatchObject({ code: 'BINARY_READ_FAILED', message: expect.stringContaining(path) as string });
    }
  });
});

describe('a file that lies', () => {
  type Entries = [number, number][];
  const replaced = (tag: number, value: number) => (entries: Entries) =>
    entries.map(([t, v]): [number, number] => [t, t === tag ? value : v]);
  const repeated = (count: number, entry: [number, number]) => (entries: Entries) => [
    ...Array.from({ length: count }, () => entry),
    ...entries,
  ];
  /** The first word of the version table, which stands right behind the interpreter's name. */
  const tableAt = 64 + 3 * 56 + 32;

  it.each<[string, Buffer]>([
    ['strings beyond its end', buildElf({ ...full, entries: replaced(5, 1 << 30) })],
    ['strings at the end of the address space', buildElf({ ...full, entries: replaced(5, 2 ** 63) })],
    ['a name beyond the end of the strings', buildElf({ ...full, entries: replaced(1, 2 ** 40) })],
    ['needs beyond its end', buildElf({ ...full, entries: replaced(0x6ffffffe, 1 << 30) })],
    ['no end of its dynamic section', buildElf({ ...full, entries: (entries) => entries.slice(0, -1) })],
    ['no end of its dynamic section, a long one', buildElf({ ...full, entries: repeated(100_000, [1, 1]) })],
    ['no strings at all', buildElf({ ...full, entries: (entries) => entries.filter(([tag]) => tag !== 5) })],
  ])('is found out and stays bounded: %s', async (_, file) => {
    const found = await facts(file);
    expect(found.damage.length).toBeGreaterThan(0);
    expect(found.needed.length).toBeLessThanOrEqual(1024);
  });

  it('cannot make the reader follow a version table for ever', async () => {
    const file = buildElf({ ...full, requires: { lib: Array.from({ length: 3000 }, () => 'V') } });
    const found = await facts(file);
    expect(found.damage).toEqual(['a version table has no end']);
    // Steps of one byte, each record overlapping the last.
    const steps = buildElf({ ...full, requires: { lib: Array.from({ length: 300 }, () => 'V') } });
    for (let at = tableAt; at + 4 < tableAt + 4000; at += 4) steps.writeUInt32LE(1, at);
    expect((await facts(steps)).damage.length).toBeGreaterThan(0);
  });

  it('is no reason to hang, to reject or to take memory, whatever bytes are changed', async () => {
    const sound = buildElf({ ...full, interpreter: loader, flags1: 0, defines: ['A', 'B'] });
    const dir = temporary();
    const before = process.memoryUsage().rss;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(sound.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), { maxLength: 30 }),
        fc.integer({ min: 4, max: sound.length }),
        async (changes, length) => {
          const file = Buffer.from(sound);
          for (const [at, value] of changes) if (at > 3) file.writeUInt8(value, at);
          const path = put(join(dir, 'palomad'), file.subarray(0, length), 0o755);
          expect(['elf', 'other']).toContain((await inspectBinary(path)).format);
          const findings = await checkBinary(path);
          for (const { message, hint } of findings) expect(message !== '' && hint !== '').toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024);
  });
});
