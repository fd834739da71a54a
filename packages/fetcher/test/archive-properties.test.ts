import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fakeElf, tarArchive, type TarEntry, testDir, zipArchive, type ZipEntry } from '@chainvisor/testkit';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { budgetOf } from '../src/archive/budget.js';
import { collect, type Contents } from '../src/archive/contents.js';
import { contentOf } from '../src/archive/program.js';
import { shelfIn } from '../src/archive/shelf.js';
import { tarReader } from '../src/archive/tar.js';
import { readZip } from '../src/archive/zip.js';
import { defaultLimits, FetcherError } from '../src/index.js';
import { binary, targetIn } from './binaries.js';
import { releases } from './network.js';

const dir = await testDir('archives-');
afterAll(() => rm(dir, { recursive: true, force: true }));
let made = 0;
const newDir = async (): Promise<string> => {
  const path = join(dir, String((made += 1)));
  await mkdir(path);
  return path;
};
const shown = 'https://host/palomad.tar';

const names = fc.stringMatching(/^[a-zA-Z0-9_.é-]{1,12}$/).filter((name) => name !== '.' && name !== '..');
const content = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.concat([fakeElf(), bytes])),
  fc.string({ maxLength: 50 }).map((text) => Buffer.from(`#!${text}`)),
);
interface File {
  readonly path: string;
  readonly content: Uint8Array;
}
/** Files below directories that no file is named as. */
const trees = fc.uniqueArray(
  fc
    .record({ directories: fc.array(names, { maxLength: 4 }), name: names, content })
    .map(({ directories, name, content }) => ({
      path: [...directories.map((directory) => `${directory}.d`), `${name}.f`].join('/'),
      content,
    })),
  { selector: ({ path }) => path, maxLength: 12 },
);

const tarOf = (files: readonly File[]): Buffer =>
  tarArchive(files.map(({ path, content }) => ({ path: 'short', content, pax: { path } })));

/** Everything that was found is as it was put in, and what runs was kept as it is. */
async function expectTree({ files }: Contents, tree: readonly File[]): Promise<void> {
  expect([...files.keys()].sort()).toEqual(tree.map(({ path }) => path).sort());
  for (const { path, content } of tree) {
    const found = files.get(path);
    expect(found?.content).toEqual(contentOf(Buffer.from(content).subarray(0, 512)));
    expect(found?.stored !== undefined).toBe(found?.content.runs !== undefined);
    if (found?.stored !== undefined) expect(Buffer.compare(await readFile(found.stored), content)).toBe(0);
  }
}

test('any tree comes out of a tar archive as it went in, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      trees,
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }),
      async (tree, sizes) => {
        const archive = tarOf(tree);
        const shelf = shelfIn(await newDir());
        const collector = collect(shown, shelf);
        const reader = await tarReader(shown, budgetOf(shown, defaultLimits, archive.length), collector);
        let at = 0;
        for (let n = 0; at < archive.length; n += 1) {
          const end = at + (sizes[n % sizes.length] ?? 1);
          await reader.write(archive.subarray(at, end));
          at = end;
        }
        await reader.end();
        await expectTree(collector.contents(), tree);
      },
    ),
    { numRuns: 60 },
  );
});

test('any tree comes out of a zip archive as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.constantFrom(0, 8), async (tree, method) => {
      const archive = zipArchive(tree.map((file) => ({ ...file, method })));
      const directory = await newDir();
      const path = join(directory, 'archive');
      await writeFile(path, archive);
      const shelf = shelfIn(directory);
      const collector = collect(shown, shelf);
      const budget = budgetOf(shown, defaultLimits, archive.length);
      await readZip({ path, bytes: archive.length, shown }, budget, collector);
      await expectTree(collector.contents(), tree);
    }),
    { numRuns: 60 },
  );
});

const parts = fc.constantFrom(
  '..',
  '.',
  '',
  'a',
  'palomad',
  'bin',
  'lib',
  '~',
  'x.so',
  '\\',
  '\0',
  '...',
  '.. ',
  'outside',
  '%2e%2e',
  '\n',
);
const hostileNames = fc.array(parts, { minLength: 1, maxLength: 6 }).map((all) => all.join('/'));
const hostileTar: fc.Arbitrary<TarEntry> = fc
  .record({
    path: hostileNames,
    target: hostileNames,
    type: fc.constantFrom('0', '0', '0', '1', '2', '2', '5', '7', '3', '6'),
    mode: fc.constantFrom(0o644, 0o755, 0o4755),
    inPax: fc.boolean(),
    text: fc.constantFrom('x', 'elf'),
  })
  .map(({ path, target, type, mode, inPax, text }) => {
    const link = type === '1' || type === '2';
    const content = text === 'elf' ? fakeElf(path) : text;
    return {
      path: inPax ? 'short' : path,
      type,
      mode,
      ...(link ? { target } : type === '5' ? {} : { content }),
      ...(inPax ? { pax: { path, ...(link ? { linkpath: target } : {}) } } : {}),
    };
  });
const hostileZip: fc.Arbitrary<ZipEntry> = fc.record({
  path: hostileNames,
  content: fc.oneof(hostileNames, fc.constant(fakeElf())),
  mode: fc.constantFrom(0o100755, 0o120777, 0o040755, 0, 0o104755),
  method: fc.constantFrom(0, 8),
});
const good = { path: 'palomad', content: fakeElf('good'), mode: 0o100755 };

test('whatever the names in an archive are, nothing is written outside, and nothing but a program inside', async () => {
  const server = await releases();
  const archives = fc.oneof(
    fc
      .array(hostileTar, { maxLength: 4 })
      .map((entries) => gzipSync(tarArchive([{ ...good, mode: 0o755 }, ...entries]))),
    fc.array(hostileZip, { maxLength: 4 }).map((entries) => zipArchive([good, ...entries])),
  );
  let refused = 0;
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(archives, async (archive) => {
      const root = await newDir();
      await mkdir(join(root, 'a/b'), { recursive: true });
      await writeFile(join(root, 'outside'), 'mine');
      const at = targetIn(join(root, 'a/b'));
      try {
        await binary(server.serve('/palomad', archive), at.destination);
        taken += 1;
        expect(await at.read('bin/palomad')).toMatch(/^\x7fELF/);
        const tree = await at.tree();
        expect(tree.filter((path) => !/^(?:bin|lib)\/(?:palomad|x\.so)?$/.test(path))).toEqual([]);
        await rm(at.destination, { recursive: true });
      } catch (error) {
        if (!(error instanceof FetcherError)) throw error;
        expect(error.code).toMatch(/^FETCHER_(?:ARCHIVE_(?:UNSAFE|BROKEN)|BINARY_AMBIGUOUS)$/);
        refused += 1;
      }
      expect((await readdir(root, { recursive: true })).sort()).toEqual(['a', 'a/b', 'outside']);
      expect(await readFile(join(root, 'outside'), 'utf8')).toBe('mine');
    }),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(0);
  expect(taken).toBeGreaterThan(0);
});
