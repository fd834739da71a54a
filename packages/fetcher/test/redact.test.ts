import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FetcherError, parseChecksum, redactUrl } from '../src/index.js';
import { parseSource, promisedKind } from '../src/source.js';
import { promisedChecksums } from '../src/verify.js';

test.each([
  ['https://host/path/file.tar.gz', 'https://host/path/file.tar.gz'],
  ['https://user:pass@host:8443/path', 'https://***@host:8443/path'],
  ['https://token@host/path', 'https://***@host/path'],
  ['https://us/er:p@ss@host/path', 'https://us/***@host/path'],
  ['us/er:p?a#ss@host/path', '***'],
  ['https://user:p@ss@host/path', 'https://***@host/path'],
  ['https:user:pass@host/', 'https://***@host/'],
  ['https:/\tuser:pa\nss@host/', 'https://***@host/'],
  ['\\\\user:pass@host', '***@host'],
  ['https://host/f?token=abc&tag=v1&X-Amz-Signature=00', 'https://host/f?token=***&tag=v1&X-Amz-Signature=***'],
  ['https://host/f?abc', 'https://host/f?***'],
  ['https://host/f?ab%3D==&x=a=b', 'https://host/f?***&x=***'],
  ['https://host/f?checksum=sha256:ab&archive=tar.gz', 'https://host/f?checksum=sha256:ab&archive=tar.gz'],
  ['https://host/f?checksum=file:https://u:p@h/s?t=1', 'https://host/f?checksum=file:https://***@h/s?t=***'],
  [
    'https://host/f?checksum=file%3Ahttps%3A%2F%2Fu%3Ap%40h%2Fs%3Ft%3D1',
    'https://host/f?checksum=file:https://***@h/s?t=***',
  ],
  ['https://host/f?checksum=%', 'https://host/f?checksum=***'],
  ['https://host/f#token', 'https://host/f'],
  ['git::https://user:pass@host/repo?ref=v1&sshkey=abc', 'git::https://***@host/repo?ref=v1&sshkey=***'],
  ['http://user:pass@', 'http://***@'],
  ['user:pass@host/path', '***@host/path'],
  ['palomad', 'palomad'],
  ['', ''],
])('shows %j as %j', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});

// In every secret; nothing else has capitals.
const MARK = 'SECRET';
const around = fc.string({
  unit: fc.constantFrom('a', '1', '%40', '%2F', '!', '$', '&', "'", '(', '+', ',', ';', '=', '~', '.', ':'),
});
const secret = fc.tuple(around, around).map(([before, after]) => `${before}${MARK}${after}`);
const wild = fc
  .tuple(fc.string({ unit: fc.constantFrom('@', '/', '?', '#', ':', '\\', ' ', '\t', '%', 'a') }), secret)
  .map(([before, after]) => before + after);

const place = fc.constantFrom(
  (s: string) => `https://user:${s}@host/file`,
  (s: string) => `https://${s}@host/file?a=b`,
  (s: string) => `https:${s.replace(/^[:&]*/, 'x')}@host/`,
  (s: string) => `https:\\\\user:${s}@host/`,
  (s: string) => `ftp://user:${s}@host/file`,
  (s: string) => `git::https://user:${s}@host/repo`,
  (s: string) => `ssh://user:${s}@host/repo`,
  (s: string) => `user:${s}@host/file`,
  (s: string) => `https://host/file?token=${s.replaceAll('&', '')}`,
  (s: string) => `https://host/file?a=1&${s.replaceAll(/[&=]/g, '')}==#x`,
  (s: string) => `https://host:port/file?token=${s.replaceAll('&', '')}`,
  (s: string) => `https://host/file#${s}`,
  (s: string) => `https://host/file?checksum=file:https://user:${s.replaceAll('&', '')}@host/sums`,
  (s: string) =>
    `https://host/file?checksum=${encodeURIComponent(`file:https://user:${s}@host/sums?t=${s.replaceAll('&', '')}`)}`,
  (s: string) => `file:https://user:${s}@host/sums`,
);

test('shows no secret, wherever it stands', () => {
  fc.assert(
    fc.property(secret, place, (value, put) => {
      expect(redactUrl(put(value))).not.toContain(MARK);
    }),
    { numRuns: 1000 },
  );
});

test('shows none of what could be a password in what is no address', () => {
  fc.assert(
    fc.property(wild, fc.constantFrom('git::https://', 'ssh://', ''), (value, scheme) => {
      expect(redactUrl(`${scheme}user:${value}@host`)).not.toContain(MARK);
    }),
    { numRuns: 1000 },
  );
});

test('nor do the errors about an address', () => {
  const steps = (url: string): (() => unknown)[] => [
    () => parseSource(url),
    () => promisedKind(parseSource(`${url}&archive=rar`)),
    () => parseChecksum(url),
    () => promisedChecksums(parseSource(url), { checksum: '00', requireChecksum: true, allowWeakChecksum: false }),
    () => promisedChecksums(parseSource(url), { requireChecksum: true, allowWeakChecksum: false }),
  ];
  fc.assert(
    fc.property(secret, place, (value, put) => {
      for (const step of steps(put(value))) {
        try {
          step();
        } catch (error) {
          expect(error).toBeInstanceOf(FetcherError);
          expect(inspect(error, { depth: 9 })).not.toContain(MARK);
        }
      }
    }),
  );
});
