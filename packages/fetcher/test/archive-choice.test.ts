import { fakeElf, type TarEntry } from '@chainvisor/testkit';
import { expect, test } from 'vitest';
import { fetched, tarGz } from './binaries.js';
import { failure } from './network.js';

const elf = (path: string): TarEntry => ({ path, content: fakeElf(path), mode: 0o755 });
const text = (path: string): TarEntry => ({ path, content: 'words\n', mode: 0o755 });
const script = (path: string): TarEntry => ({ path, content: `#!/bin/sh\n# ${path}\n`, mode: 0o755 });
const link = (path: string, target: string): TarEntry => ({ path, type: '2', target });
const hard = (path: string, target: string): TarEntry => ({ path, type: '1', target });

const chosen: readonly [what: string, entries: readonly TarEntry[], member: string, others: readonly string[]][] = [
  ['the one of that name in the root', [elf('peggo'), elf('palomad')], 'palomad', ['peggo']],
  ['the one of that name in bin/', [elf('bin/peggo'), elf('bin/palomad')], 'bin/palomad', ['bin/peggo']],
  ['the one of that name in build/', [elf('x'), elf('build/palomad')], 'build/palomad', ['x']],
  ['the one of that name one directory down', [elf('x'), elf('any/palomad')], 'any/palomad', ['x']],
  ['the same, in a directory that wraps all', [elf('v2/x'), elf('v2/bin/palomad')], 'v2/bin/palomad', ['v2/x']],
  ['the only ELF file, however it is called', [text('LICENSE'), elf('paloma')], 'paloma', []],
  ['the only ELF file, however deep', [text('LICENSE'), elf('usr/local/bin/palomad')], 'usr/local/bin/palomad', []],
  ['the only ELF file beside scripts', [script('install.sh'), elf('paloma')], 'paloma', ['install.sh']],
  ['the only ELF file that is no library', [elf('deps/libwasmvm.so.2'), elf('paloma')], 'paloma', []],
  ['the only one with a suffix', [elf('tool'), elf('palomad-v2-linux-amd64')], 'palomad-v2-linux-amd64', ['tool']],
  ['the only one with an underscore', [elf('tool'), elf('palomad_linux')], 'palomad_linux', ['tool']],
  ['the exact name before a suffix', [elf('palomad-v1'), elf('palomad')], 'palomad', ['palomad-v1']],
  ['a script of that name', [script('palomad'), elf('palomad.bin')], 'palomad', ['palomad.bin']],
  ['the ELF file beside a text of that name', [text('palomad'), elf('palomad-v2')], 'palomad-v2', []],
  ['one that is near before one that is far', [elf('a/b/palomad'), elf('bin/palomad')], 'bin/palomad', ['a/b/palomad']],
  ['what a link of that name leads to', [link('palomad', 'v2/paloma'), elf('v2/paloma'), elf('x')], 'v2/paloma', ['x']],
  ['what links lead to in the end', [link('palomad', 'a'), link('a', './b'), elf('b'), elf('x')], 'b', ['x']],
  ['one file under two names', [elf('palomad'), link('bin/palomad', 'x'), hard('bin/x', 'palomad')], 'palomad', []],
  ['what a hard link of that name leads to', [elf('x'), elf('paloma'), hard('palomad', 'paloma')], 'paloma', ['x']],
  ['a program that is also called a library', [elf('palomad'), link('libx.so', 'palomad')], 'palomad', []],
  ['the real one, where a link leads nowhere', [link('bin/palomad', 'gone'), elf('paloma')], 'paloma', []],
  ['the real one, where links lead in a circle', [link('palomad', 'a'), link('a', 'palomad'), elf('b')], 'b', []],
];

test.each(chosen)('takes %s', async (_, entries, member, others) => {
  const { result, at } = await fetched('palomad.tar.gz', tarGz(entries));
  expect(result).toMatchObject({ member, others });
  expect(await at.tree()).toEqual(['bin/', 'bin/palomad']);
  const content = entries.find(({ path }) => path === member)?.content ?? '';
  expect(await at.read('bin/palomad')).toBe(Buffer.from(content).toString('latin1'));
});

const ambiguous: readonly [what: string, entries: readonly TarEntry[], named: readonly string[]][] = [
  ['two of that name', [elf('palomad'), elf('bin/palomad')], ['palomad', 'bin/palomad']],
  [
    'two of that name that are the same',
    [elf('a/palomad'), { ...elf('a/palomad'), path: 'b/palomad' }],
    ['a/palomad', 'b/palomad'],
  ],
  ['a script and an ELF file of that name', [script('palomad'), elf('bin/palomad')], ['palomad', 'bin/palomad']],
  ['two ELF files of other names', [elf('celestia-appd'), elf('celestia')], ['celestia-appd', 'celestia']],
  ['one for each platform', [elf('x'), elf('palomad-amd64'), elf('palomad-arm64')], ['palomad-amd64', 'palomad-arm64']],
  ['one that is too far, and another', [elf('usr/lib/a/palomad'), elf('x')], ['usr/lib/a/palomad', 'x']],
];

test.each(ambiguous)('does not guess between %s', async (_, entries, named) => {
  const error = await failure(fetched('palomad.tar.gz', tarGz(entries)), 'FETCHER_BINARY_AMBIGUOUS');
  const names = named.map((name) => JSON.stringify(name)).join(', ');
  expect(error.message).toMatch(
    new RegExp(`/palomad\\.tar\\.gz has ${named.length} files that could be palomad: ${names}$`),
  );
  expect(error.hint).toContain('by hand');
});

const absent: readonly [what: string, entries: readonly TarEntry[], why: string][] = [
  ['nothing', [], 'it is empty'],
  ['directories only', [{ path: 'bin/', type: '5' }], 'it is empty'],
  ['texts only', [text('LICENSE'), text('bin/README.md')], 'it has "LICENSE", "bin/README.md"'],
  ['a text of that name', [text('LICENSE'), text('palomad')], '"palomad" is a text: "words"'],
  ['an empty file of that name', [{ path: 'palomad' }], '"palomad" is empty'],
  [
    'another system’s program',
    [{ path: 'palomad', content: Buffer.from('cffaedfe', 'hex') }],
    '"palomad" is a macOS program',
  ],
  ['a script of another name', [script('install.sh')], 'it has "install.sh"'],
  ['a library', [elf('libpalomad.so')], 'it has "libpalomad.so"'],
  [
    'a library of another name',
    [link('palomad', 'libpalomad.so'), elf('libpalomad.so')],
    'it has "libpalomad.so", "palomad"',
  ],
  ['an archive in the archive', [{ path: 'palomad.gz', content: Buffer.from('1f8b08', 'hex') }], 'it has "palomad.gz"'],
  [
    'many files',
    Array.from({ length: 13 }, (_, n) => text(`file-${n}`)),
    `it has ${Array.from({ length: 10 }, (_, n) => `"file-${n}"`).join(', ')} and 3 more`,
  ],
];

test.each(absent)('says that there is no program in an archive with %s', async (_, entries, why) => {
  const error = await failure(fetched('palomad.tar.gz', tarGz(entries)), 'FETCHER_BINARY_ABSENT');
  expect(error.message).toMatch(/\/palomad\.tar\.gz has no program that could be palomad: /);
  expect(error.message.endsWith(`: ${why}`)).toBe(true);
});

test('libraries beside the binary come along under each of their names, others do not', async () => {
  const { result, at } = await fetched(
    'palomad.tar.gz',
    tarGz([
      elf('bin/palomad'),
      elf('bin/libwasmvm.x86_64.so'),
      link('bin/libwasmvm.so', 'libwasmvm.x86_64.so'),
      hard('bin/libwasmvm.so.2.1', 'bin/libwasmvm.x86_64.so'),
      elf('lib/libwasmvm.so'),
      elf('lib/libother.so'),
      elf('libfar.so'),
      text('bin/liblinker-script.so'),
    ]),
  );
  const libraries = ['lib/libwasmvm.x86_64.so', 'lib/libwasmvm.so', 'lib/libwasmvm.so.2.1', 'lib/libother.so'];
  expect(result.libraries).toEqual(libraries);
  expect(await at.tree()).toEqual(['bin/', 'bin/palomad', 'lib/', ...libraries.toSorted()]);
  for (const library of libraries) {
    const from = library === 'lib/libother.so' ? library : 'bin/libwasmvm.x86_64.so';
    expect(await at.read(library)).toBe(fakeElf(from).toString('latin1'));
  }
});
