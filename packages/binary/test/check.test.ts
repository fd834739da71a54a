import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBinary, checkExecutable } from '../src/index.ts';
import type { Finding, FindingCode } from '../src/index.ts';
import { buildElf, type ElfPlan, isGlibcHere, loader } from './elf.ts';
import { put, temporary } from './files.ts';

/** An upgrade's directory with `bin/palomad`. */
function staged(plan: ElfPlan | Buffer): { dir: string; path: string; libDir: string } {
  const dir = temporary();
  const content = Buffer.isBuffer(plan) ? plan : buildElf({ interpreter: loader, ...plan });
  return { dir, path: put(join(dir, 'bin', 'palomad'), content, 0o755), libDir: join(dir, 'lib') };
}

const codes = (findings: readonly Finding[]): FindingCode[] => findings.map(({ code }) => code);
const foreign = process.arch === 'arm64' ? 62 : 183;
const wasmvm = 'libwasmvm.x86_64.so';

describe('checkBinary', () => {
  it('has nothing against a script, or a static program', async () => {
    expect(await checkBinary(put(join(temporary(), 'palomad'), '#!/bin/sh\n', 0o755))).toEqual([]);
    expect(await checkBinary(staged(buildElf({})).path)).toEqual([]);
  });

  it('says why a file is none that would start', async () => {
    const dir = temporary();
    const arm = buildElf({});
    arm.writeUInt16LE(foreign, 18);
    for (const [content, mode, text] of [
      ['Not Found\n', 0o755, 'neither ELF nor a script'],
      ['', 0o755, 'an empty file'],
      [arm, 0o755, 'this machine is'],
      ['#!/bin/sh\n', 0o644, 'chmod +x'],
    ] as const) {
      const path = put(join(dir, 'palomad'), content, mode);
      const message = expect.stringContaining(text) as string;
      expect(await checkBinary(path)).toEqual([{ code: 'not-runnable', message, hint: expect.any(String) as string }]);
    }
    expect(codes(await checkBinary(join(dir, 'none')))).toEqual(['not-runnable']);
    expect(codes(await checkBinary(dir))).toEqual(['not-runnable']);
  });

  it('names the C library that this machine does not have', async () => {
    const [finding] = await checkBinary(staged({ interpreter: '/lib/ld-musl-none.so.1', needed: ['libc.so'] }).path);
    expect(finding).toMatchObject({ code: 'libc-mismatch', message: expect.stringContaining('musl') as string });
  });

  it('says that a file is damaged', async () => {
    const entries = (all: [number, number][]) => all.slice(0, -1);
    expect(codes(await checkBinary(staged({ needed: ['libc.so.6'], entries }).path))).toEqual(['damaged']);
  });
});

describe.skipIf(!isGlibcHere)("libraries, as glibc's loader finds them (skipped on machines without glibc)", () => {
  it('names the library that is missing, who needs it, and where to put it', async () => {
    const { path, libDir } = staged({ needed: [wasmvm, 'libc.so.6'] });
    expect(await checkBinary(path, { libDir })).toEqual([
      {
        code: 'missing-library',
        message: `${path} needs ${wasmvm}, which is nowhere where the dynamic loader looks`,
        hint: `put it into ${libDir}, in the version that the release names`,
      },
    ]);
    const [finding] = await checkBinary(path);
    expect(finding?.hint).toContain(libDir);
  });

  it('finds it in lib/, in LD_LIBRARY_PATH, and in nothing relative', async () => {
    const { dir, path, libDir } = staged({ needed: [wasmvm] });
    put(join(libDir, wasmvm), buildElf({ soname: wasmvm }));
    expect(await checkBinary(path, { libDir })).toEqual([]);
    expect(await checkBinary(path, { libraryPath: `/none:${libDir}` })).toEqual([]);
    expect(await checkBinary(path, { libDir: join(dir, 'none'), libraryPath: `/none;${libDir}` })).toEqual([]);
    expect(codes(await checkBinary(path, { libraryPath: ':lib:.' }))).toEqual(['missing-library']);
  });

  it('does not take a copy beside the program, as the loader does not, and says where to move it', async () => {
    const { dir, path, libDir } = staged({ needed: [wasmvm] });
    const beside = put(join(dir, 'bin', wasmvm), buildElf({ soname: wasmvm }));
    const [finding] = await checkBinary(path, { libDir });
    expect(finding).toMatchObject({ code: 'missing-library', hint: expect.stringContaining(beside) as string });
  });

  it.each<[string, ElfPlan, FindingCode[]]>([
    ['RUNPATH', { runpath: '/none:$ORIGIN/../deps' }, []],
    ['RUNPATH with braces', { runpath: '${ORIGIN}/../deps' }, []],
    ['RPATH', { rpath: '$ORIGIN/../deps' }, []],
    ['an RPATH that a RUNPATH switches off', { rpath: '$ORIGIN/../deps', runpath: '/none' }, ['missing-library']],
    ['a relative RUNPATH', { runpath: 'deps:../deps' }, ['missing-library']],
    ['a path in place of a name', { needed: ['$ORIGIN/../deps/libfoo.so'] }, []],
  ])('follows %s', async (_, plan, expected) => {
    const { dir, path } = staged({ needed: ['libfoo.so'], ...plan });
    put(join(dir, 'deps', 'libfoo.so'), buildElf({ soname: 'libfoo.so' }));
    expect(codes(await checkBinary(path))).toEqual(expected);
  });

  it.each<[string, ElfPlan, FindingCode[]]>([
    ['RPATH, which libraries inherit', { rpath: '$ORIGIN/../deps' }, []],
    ['RUNPATH, which they do not', { runpath: '$ORIGIN/../deps' }, ['missing-library']],
  ])("looks for a library's own needs by %s", async (_, plan, expected) => {
    const { dir, path } = staged({ needed: ['libfoo.so'], ...plan });
    const foo = put(join(dir, 'deps', 'libfoo.so'), buildElf({ soname: 'libfoo.so', needed: ['libbar.so'] }));
    put(join(dir, 'deps', 'libbar.so'), buildElf({ soname: 'libbar.so' }));
    const findings = await checkBinary(path);
    expect(codes(findings)).toEqual(expected);
    for (const { message } of findings) expect(message).toContain(`${foo} (a library of ${path}) needs libbar.so`);
  });

  it('passes over libraries of other platforms, and stops at broken ones, as the loader does', async () => {
    const { dir, path } = staged({ needed: ['libfoo.so'] });
    const other = buildElf({ soname: 'libfoo.so' });
    other.writeUInt16LE(foreign, 18);
    const arm = join(dir, 'arm');
    const armFile = put(join(arm, 'libfoo.so'), other);
    const text = join(dir, 'text');
    put(join(text, 'libfoo.so'), 'Not Found\n');
    const good = join(dir, 'good');
    put(join(good, 'libfoo.so'), buildElf({ soname: 'libfoo.so' }));

    expect(await checkBinary(path, { libraryPath: `${arm}:${good}` })).toEqual([]);
    const [passed] = await checkBinary(path, { libDir: arm });
    expect(passed?.code).toBe('unusable-library');
    expect(passed?.message).toContain(armFile);
    expect(passed?.message).toContain('another platform');
    expect(codes(await checkBinary(path, { libraryPath: `${text}:${good}` }))).toEqual(['unusable-library']);
  });

  it('does not look where a program linked with -z nodefaultlib does not', async () => {
    expect(await checkBinary(staged({ needed: ['libc.so.6'] }).path)).toEqual([]);
    const findings = await checkBinary(staged({ needed: ['libc.so.6'], flags1: 0x800 }).path);
    expect(codes(findings)).toEqual(['missing-library']);
  });

  it('names both versions where glibc is too old', async () => {
    const { path } = staged({ needed: ['libc.so.6'], requires: { 'libc.so.6': ['GLIBC_2.98', 'GLIBC_2.99'] } });
    const findings = await checkBinary(path);
    expect(codes(findings)).toEqual(['glibc-too-old']);
    expect(findings[0]?.message).toMatch(/needs glibc 2\.99; this machine has glibc 2\.\d+ \(\/.*libc\.so\.6\)$/);
  });

  it('names the mark of an ABI that glibc lacks, and lets weak versions pass', async () => {
    const abi = staged({ needed: ['libc.so.6'], requires: { 'libc.so.6': ['GLIBC_ABI_NEVER'] } });
    expect((await checkBinary(abi.path))[0]?.message).toContain('a glibc with GLIBC_ABI_NEVER; this machine has');
    const weak = staged({ needed: ['libc.so.6'], requires: { 'libc.so.6': ['GLIBC_2.99?'] } });
    expect(await checkBinary(weak.path)).toEqual([]);
  });

  it('names the version that another library lacks, of a library too', async () => {
    const { path, libDir } = staged({ needed: ['liba.so'] });
    const a = buildElf({ soname: 'liba.so', needed: ['libb.so'], requires: { 'libb.so': ['B_1', 'B_2'] } });
    const aPath = put(join(libDir, 'liba.so'), a);
    const bPath = put(join(libDir, 'libb.so'), buildElf({ soname: 'libb.so', defines: ['B_1'] }));
    const [finding] = await checkBinary(path, { libDir });
    expect(finding).toMatchObject({
      code: 'library-too-old',
      message: `${aPath} needs B_2, which ${bPath} does not have`,
    });
    put(bPath, buildElf({ soname: 'libb.so' }));
    expect(await checkBinary(path, { libDir })).toEqual([]);
  });

  it('comes to an end where libraries need each other, or more than anybody has', async () => {
    const { path, libDir } = staged({ needed: ['liba.so'] });
    put(join(libDir, 'liba.so'), buildElf({ soname: 'liba.so', needed: ['libb.so'] }));
    put(join(libDir, 'libb.so'), buildElf({ soname: 'libb.so', needed: ['liba.so', 'libb.so'] }));
    expect(await checkBinary(path, { libDir })).toEqual([]);

    const names = Array.from({ length: 500 }, (_, index) => `libnone${index}.so`);
    const runpath = Array.from({ length: 100 }, (_, index) => `/none/${index}`).join(':');
    const greedy = staged({ needed: names, runpath });
    expect(codes(await checkBinary(greedy.path)).at(-1)).toBe('damaged');
  });

  it('has nothing against the programs of this machine', async () => {
    const odd: string[] = [];
    let checked = 0;
    for (const name of readdirSync('/usr/bin').slice(0, 200)) {
      const path = join('/usr/bin', name);
      if (!(await checkExecutable(path)).ok) continue;
      checked++;
      for (const { message } of await checkBinary(path)) odd.push(message);
    }
    expect(odd).toEqual([]);
    expect(checked).toBeGreaterThan(50);
  });
});
