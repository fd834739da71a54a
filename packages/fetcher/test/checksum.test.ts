import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FetcherError, parseChecksum, parseChecksumFile } from '../src/index.js';
import { hashOf } from './network.js';

const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'] as const;
const hashes = Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, hashOf(algorithm, 'binary')]));
const sha256 = hashOf('sha256', 'binary');
const other = hashOf('sha256', 'other');

test.each(ALGORITHMS)('reads %s with its name, in any case, and alone', (algorithm) => {
  const hex = hashes[algorithm] ?? '';
  const digest = { algorithm, hex };
  expect(parseChecksum(`${algorithm}:${hex}`)).toEqual(digest);
  expect(parseChecksum(` ${algorithm.toUpperCase()}:${hex.toUpperCase()}\n`)).toEqual(digest);
  expect(parseChecksum(hex)).toEqual(digest);
});

test('reads the address of a list', () => {
  expect(parseChecksum('file:https://host/SHA256SUMS?a=b:c')).toEqual({ file: 'https://host/SHA256SUMS?a=b:c' });
});

test.each([
  '',
  'sha256:',
  `sha256:${sha256.slice(1)}`,
  `sha512:${sha256}`,
  `sha3:${sha256}`,
  `sha256:${sha256}0`,
  sha256.slice(2),
  `${sha256.slice(1)}g`,
  `sha256:sha256:${sha256}`,
])('refuses %j and says how to write one', (text) => {
  expect(() => parseChecksum(text)).toThrow(
    expect.objectContaining({
      code: 'FETCHER_CHECKSUM_INVALID',
      hint: expect.stringContaining('sha256:<64 hex digits>') as string,
    }),
  );
});

const names = ['palomad.tar.gz', 'v2/palomad.tar.gz'];

test.each([
  ['GNU, text', `${other}  LICENSE\n${sha256}  palomad.tar.gz\n`],
  ['GNU, binary', `${other} *LICENSE\n${sha256} *palomad.tar.gz\n`],
  ['with ./', `${other}  ./LICENSE\n${sha256}  ./palomad.tar.gz\n`],
  ['BSD', `SHA256 (LICENSE) = ${other}\nSHA256 (palomad.tar.gz) = ${sha256}\n`],
  ['openssl', `SHA256(LICENSE)= ${other}\nSHA256(palomad.tar.gz)= ${sha256}\n`],
  ['a hash alone', `${sha256}\n`],
  ['a hash alone, without an end of line', sha256],
  ['DOS line ends and a byte order mark', `\uFEFF${other}  LICENSE\r\n${sha256}  palomad.tar.gz\r\n`],
  ['a tab, capitals', `${sha256.toUpperCase()}\tpalomad.tar.gz`],
  ['comments and a signature', `# made by CI\n\n${sha256}  palomad.tar.gz\n-----BEGIN PGP SIGNATURE-----\nabcd\n`],
  ['written from above', `${other}  dist/LICENSE\n${sha256}  dist/linux/palomad.tar.gz\n`],
  ['the same twice', `${sha256}  palomad.tar.gz\n${sha256.toUpperCase()} *palomad.tar.gz\n`],
  ['other platforms in other directories', `${other}  darwin/palomad.tar.gz\n${sha256}  palomad.tar.gz\n`],
  ['a weaker one beside it', `${hashes['md5'] ?? ''}  palomad.tar.gz\n${sha256}  palomad.tar.gz\n`],
  ['by its path', `${other}  v1/palomad.tar.gz\n${sha256}  v2/palomad.tar.gz\n`],
])('finds our file in a list: %s', (_, text) => {
  expect(parseChecksumFile(text, names)).toEqual({ algorithm: 'sha256', hex: sha256 });
});

test.each([
  ['without our name', `${sha256}  LICENSE\n${other}  README.md\n`, 'it has "LICENSE", "README.md"'],
  ['with a name that ours ends with', `${sha256}  xpalomad.tar.gz\n`, 'it has "xpalomad.tar.gz"'],
  ['with a name that begins as ours', `${sha256}  palomad.tar.gz.sbom\n`, 'it has "palomad.tar.gz.sbom"'],
  ['with two hashes and no names', `${sha256}\n${other}\n`, 'it has a hash without a name, a hash without a name'],
  ['that is a page', '<!DOCTYPE html><html>Not found</html>', 'it has no line with a checksum at all'],
  ['that is empty', '', 'it has no line with a checksum at all'],
  ['with hashes that are none', `${sha256.slice(1)}  palomad.tar.gz\n`, 'it has no line with a checksum at all'],
  ['with many others', Array.from({ length: 12 }, (_, n) => `${sha256}  f${n}`).join('\n'), '"f9" and 2 more'],
])('says what it found instead in a list %s', (_, text, found) => {
  const message = `https://host/sums has no checksum for "palomad.tar.gz" or "v2/palomad.tar.gz": `;
  expect(() => parseChecksumFile(text, names, 'https://host/sums')).toThrow(
    expect.objectContaining({
      code: 'FETCHER_CHECKSUM_FILE_UNUSABLE',
      message: expect.stringMatching(new RegExp(`^${message.replaceAll('.', '\\.')}`)) as string,
    }),
  );
  expect(() => parseChecksumFile(text, names)).toThrow(found);
});

test.each([
  ['in one place', `${sha256}  palomad.tar.gz\n${other}  palomad.tar.gz\n`],
  ['in two directories', `${sha256}  linux/palomad.tar.gz\n${other}  darwin/palomad.tar.gz\n`],
])('refuses two hashes for our file, %s, and shows both', (_, text) => {
  const error = thrownBy(() => parseChecksumFile(text, names));
  expect(error.code).toBe('FETCHER_CHECKSUM_FILE_UNUSABLE');
  expect(error.message).toContain('2 different checksums');
  expect(error.message).toContain(sha256);
  expect(error.message).toContain(other);
});

const name = fc.stringMatching(/^[\w][\w.+-]{0,30}$/);
const line = fc.constantFrom<(hex: string, name: string) => string>(
  (hex, file) => `${hex}  ${file}`,
  (hex, file) => `${hex} *${file}`,
  (hex, file) => `${hex}  ./${file}`,
  (hex, file) => `${hex.toUpperCase()}\t${file}`,
  (hex, file) => `SHA256 (${file}) = ${hex}`,
);

test('finds any name among any others, in any shape and order', () => {
  const files = fc.uniqueArray(fc.record({ name, write: line }), {
    selector: (file) => file.name,
    minLength: 2,
    maxLength: 8,
  });
  fc.assert(
    fc.property(files, fc.nat(), fc.constantFrom('\n', '\r\n'), (list, pick, end) => {
      const text = list.map((file) => file.write(hashOf('sha256', file.name), file.name)).join(end);
      const wanted = list[pick % list.length]?.name ?? '';
      expect(parseChecksumFile(text, [wanted]).hex).toBe(hashOf('sha256', wanted));
    }),
  );
});

test('takes no hash for a name that is not in the list', () => {
  const files = fc.uniqueArray(name, { minLength: 3, maxLength: 8 });
  fc.assert(
    fc.property(files, line, ([wanted = '', ...others], write) => {
      const text = others.map((file) => write(hashOf('sha256', file), file)).join('\n');
      expect(thrownBy(() => parseChecksumFile(text, [wanted])).code).toBe('FETCHER_CHECKSUM_FILE_UNUSABLE');
    }),
  );
});

test('fails in one way only, whatever the text is', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), name, (text, file) => {
      expect(thrownBy(() => parseChecksumFile(text, [file])).code).toBe('FETCHER_CHECKSUM_FILE_UNUSABLE');
    }),
  );
});

function thrownBy(step: () => unknown): FetcherError {
  try {
    step();
  } catch (error) {
    return error as FetcherError;
  }
  throw new Error('nothing was thrown');
}
