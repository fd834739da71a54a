import { execFileSync } from 'node:child_process';
import { link, mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fakeElf, testDir } from '@chainvisor/testkit';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetched } from './binaries.js';
import { failure } from './network.js';

// Names that need more than a header has room for, in each of the formats' own ways.
const deep = `${'directory-with-a-long-name/'.repeat(5)}file-with-a-long-name-${'x'.repeat(90)}`;
const dir = await testDir('archives-');
const elf = fakeElf('palomad');

beforeAll(async () => {
  await mkdir(join(dir, 'bin'));
  await mkdir(join(dir, deep, '..'), { recursive: true });
  await writeFile(join(dir, 'LICENSE'), 'words');
  await writeFile(join(dir, deep), fakeElf('deep'));
  await writeFile(join(dir, 'bin/palomad'), elf, { mode: 0o755 });
  await symlink('palomad', join(dir, 'bin/pd'));
  await link(join(dir, 'bin/palomad'), join(dir, 'bin/hard'));
  const sparse = await open(join(dir, 'sparse'), 'w');
  await sparse.write(Buffer.from('data'), 0, 4, 1_000_000);
  await sparse.close();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const files = ['LICENSE', deep.slice(0, deep.indexOf('/')), 'bin'];
const expected = { member: expect.stringMatching(/^bin\/(?:palomad|hard)$/) as string, others: [deep] };

describe('the package that reads archives', () => {
  test.each([
    ['plain', {}],
    ['portable', { portable: true }],
    ['without pax headers', { noPax: true }],
    ['compressed', { gzip: true }],
  ])('has its own archives read: %s', async (_, options) => {
    const path = join(dir, '..', `${dir.slice(dir.lastIndexOf('/') + 1)}.tar`);
    // Its asynchronous packing may add a hard link that it put off after its own end: an error that nothing catches.
    create({ ...options, sync: true, file: path, cwd: dir }, 'noPax' in options ? ['LICENSE', 'bin'] : files);
    const { result, at } = await fetched('palomad.tar', await readFile(path));
    await rm(path);
    expect(result).toMatchObject('noPax' in options ? { others: [] } : expected);
    expect(await at.read('bin/palomad')).toBe(elf.toString('latin1'));
  });
});

function missing(command: string): string | undefined {
  try {
    const version = execFileSync(command, ['--version'], { stdio: 'pipe' }).toString();
    return command === 'tar' && !version.includes('GNU tar') ? 'tar is not GNU tar' : undefined;
  } catch {
    return `no ${command} here`;
  }
}

const run = (command: string, args: readonly string[]): Buffer =>
  execFileSync(command, args, { cwd: dir, stdio: 'pipe', maxBuffer: 2 ** 26 });

describe('GNU tar', () => {
  const why = missing('tar');
  const note = why === undefined ? '' : ` (skipped: ${why})`;

  test.skipIf(why !== undefined).each([['gnu'], ['oldgnu'], ['pax'], ['posix'], ['ustar'], ['v7']])(
    `has its archives of format %s read${note}`,
    async (format) => {
      const short = format === 'ustar' || format === 'v7';
      const body = run('tar', [`--format=${format}`, '-cf', '-', ...(short ? ['LICENSE', 'bin'] : files)]);
      const { result, at } = await fetched('palomad.tar', body);
      expect(result).toMatchObject(short ? { others: [] } : expected);
      expect(await at.read('bin/palomad')).toBe(elf.toString('latin1'));
    },
  );

  test.skipIf(why !== undefined).each([['gnu'], ['pax'], ['oldgnu']])(
    `has its sparse files of format %s told, not taken for what they are not${note}`,
    async (format) => {
      const body = run('tar', [`--format=${format}`, '-S', '-cf', '-', 'bin', 'sparse']);
      const error = await failure(fetched('palomad.tar', body), 'FETCHER_KIND_UNSUPPORTED');
      expect(error.message).toContain('the entry "sparse" is a sparse file');
    },
  );
});

describe('Info-ZIP', () => {
  const why = missing('zip');
  const note = why === undefined ? '' : ` (skipped: ${why})`;

  test.skipIf(why !== undefined).each([
    ['as it is', []],
    ['stored', ['-0']],
    ['with its links', ['-y']],
    ['as if it were written to a pipe', ['-fd']],
    ['as if it were very large', ['-fz']],
  ])(`has its archives read: %s${note}`, async (_, options) => {
    run('zip', ['-q', ...options, 'archive.zip', 'LICENSE', 'bin/', 'bin/palomad', 'bin/pd']);
    const body = await readFile(join(dir, 'archive.zip'));
    await rm(join(dir, 'archive.zip'));
    const { result, at } = await fetched('palomad.zip', body);
    const copied = options.includes('-y') ? [] : ['bin/pd'];
    expect(result).toMatchObject({ kind: 'zip', member: 'bin/palomad', others: copied });
    expect(await at.read('bin/palomad')).toBe(elf.toString('latin1'));
  });
});
