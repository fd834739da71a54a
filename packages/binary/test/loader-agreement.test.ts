import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBinary, readVersion } from '../src/index.ts';
import type { FindingCode } from '../src/index.ts';
import { isGlibcHere } from './elf.ts';
import { put, temporary } from './files.ts';

const TIMEOUT = 60_000;
const hasCompiler = spawnSync('cc', ['--version']).status === 0;
/** The compiler answers with the bare name where it has none. */
const hasStaticLibrary = hasCompiler && spawnSync('cc', ['-print-file-name=libc.a']).stdout.includes('/');

/** Asserts that the check foretells what the loader says when the program is run. */
async function agree(path: string, expected: FindingCode | 'fine', name: string, libDir?: string): Promise<void> {
  const options = libDir === undefined ? {} : { libDir };
  const [finding] = await checkBinary(path, options);
  const reading = await readVersion(path, { ...options, timeout: TIMEOUT, tmpParent: temporary() });
  if (expected === 'fine') {
    expect(finding).toBeUndefined();
    expect(reading).toEqual({ ok: true, version: 'v1.2.3' });
    return;
  }
  expect(finding?.code).toBe(expected);
  expect(finding?.message).toContain(name);
  expect(reading.ok).toBe(false);
  // The loader tells an old library apart from a broken one only in words.
  if (!reading.ok) expect(reading.reason).toBe(expected === 'library-too-old' ? 'unusable-library' : expected);
  if (!reading.ok) expect(reading.detail).toContain(name);
}

/** This machine's `true` with some text in its strings replaced by one of the same length. */
function patched(from: string, to: string): string {
  const file = readFileSync('/bin/true');
  const at = file.indexOf(`${from}\0`);
  expect([at > 0, to.length]).toEqual([true, from.length]);
  file.write(to, at, 'latin1');
  return put(join(temporary(), 'bin', 'palomad'), file, 0o755);
}

describe.skipIf(!isGlibcHere)('this machine\'s own "true", altered (skipped on machines without glibc)', () => {
  it('lacks a library', async () => {
    await agree(patched('libc.so.6', 'libx.so.6'), 'missing-library', 'libx.so.6');
  });

  it('asks for a newer glibc', async () => {
    const asked = /GLIBC_2\.\d\d(?=\0)/.exec(readFileSync('/bin/true', 'latin1'))?.[0] ?? '';
    const path = patched(asked, 'GLIBC_2.99');
    const [finding] = await checkBinary(path);
    expect(finding?.message).toMatch(/needs glibc 2\.99; this machine has glibc 2\.\d\d /);
    await agree(path, 'glibc-too-old', '2.99');
  });
});

describe.skipIf(!isGlibcHere || !hasCompiler)('compiled programs (skipped without cc and glibc)', () => {
  const FOO = 'int bar(void); int foo(void) { return bar(); }\n';
  const BAR = 'int bar(void) { return 0; }\n';
  const MAIN = '#include <stdio.h>\nint foo(void);\nint main(void) { return puts("v1.2.3") < 0 || foo(); }\n';

  /** bin/palomad needs libfoo.so, which needs libbar.so; both lie in a directory that only the linker knows. */
  function build(flags: readonly string[], versionScript = ''): { path: string; built: string; libDir: string } {
    const dir = temporary();
    const built = join(dir, 'built');
    const [libDir, path] = [join(dir, 'lib'), join(dir, 'bin', 'palomad')];
    for (const directory of [built, libDir, dirname(path)]) mkdirSync(directory);
    const script = put(join(built, 'versions'), versionScript);
    const versions = versionScript === '' ? [] : [`-Wl,--version-script=${script}`];
    const cc = (...args: string[]) => execFileSync('cc', args, { cwd: built });
    for (const [name, code] of Object.entries({ foo: FOO, bar: BAR, main: MAIN })) put(join(built, `${name}.c`), code);
    cc('-shared', '-fPIC', '-Wl,-soname,libbar.so', '-o', 'libbar.so', 'bar.c');
    cc('-shared', '-fPIC', '-Wl,-soname,libfoo.so', ...versions, '-o', 'libfoo.so', 'foo.c', '-L.', '-lbar');
    cc('-o', path, 'main.c', '-L.', '-lfoo', '-Wl,-rpath-link,.', ...flags);
    return { path, built, libDir };
  }

  function place(built: string, into: string, ...names: readonly string[]): void {
    mkdirSync(into, { recursive: true });
    for (const name of names) copyFileSync(join(built, name), join(into, name));
  }

  it('do not find their library, or find it in lib/ without what it needs itself', async () => {
    const { path, built, libDir } = build([]);
    await agree(path, 'missing-library', 'libfoo.so');
    place(built, dirname(path), 'libfoo.so', 'libbar.so');
    await agree(path, 'missing-library', 'libfoo.so', libDir);
    place(built, libDir, 'libfoo.so');
    await agree(path, 'missing-library', 'libbar.so', libDir);
    place(built, libDir, 'libbar.so');
    await agree(path, 'fine', '', libDir);
  });

  it.each([
    ['RPATH, inherited by its libraries', '-Wl,--disable-new-dtags', 'fine'],
    ['RUNPATH, not inherited', '-Wl,--enable-new-dtags', 'missing-library'],
  ] as const)('find them by %s', async (_, flag, expected) => {
    const { path, built, libDir } = build([flag, '-Wl,-rpath,$ORIGIN/../deps']);
    place(built, join(dirname(dirname(path)), 'deps'), 'libfoo.so', 'libbar.so');
    await agree(path, expected, 'libbar.so');
    place(built, libDir, 'libbar.so');
    await agree(path, 'fine', '', libDir);
  });

  it('cannot use a library that is text', async () => {
    const { path, libDir } = build([]);
    put(
      join(libDir, 'libfoo.so'),
      'Not Found: this is no library, and long enough not to be called short\n'.repeat(20),
    );
    await agree(path, 'unusable-library', 'libfoo.so', libDir);
  });

  it('miss a version in the library that is there', async () => {
    const { path, built, libDir } = build([], 'FOO_2 { foo; };\n');
    const old = build([], 'FOO_1 { foo; };\n');
    place(built, libDir, 'libfoo.so', 'libbar.so');
    await agree(path, 'fine', '', libDir);
    place(old.built, libDir, 'libfoo.so');
    await agree(path, 'library-too-old', 'FOO_2', libDir);
    const none = build([]);
    place(none.built, libDir, 'libfoo.so');
    expect(await checkBinary(path, { libDir })).toEqual([]);
  });

  it.skipIf(!hasStaticLibrary)('need nothing when they are static (skipped without libc.a)', async () => {
    const dir = temporary();
    const code = put(join(dir, 'main.c'), '#include <stdio.h>\nint main(void) { return puts("v1.2.3") < 0; }\n');
    const path = join(dir, 'palomad');
    execFileSync('cc', ['-static', '-o', path, code]);
    await agree(path, 'fine', '');
  });
});
