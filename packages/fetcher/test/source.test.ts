import { expect, test } from 'vitest';
import type { FetcherError } from '../src/index.js';
import { namesOf, parseSource, promisedKind } from '../src/source.js';

test('takes an address apart', () => {
  const { url, ...source } = parseSource(
    ' https://user:p%40ss@Host:8443/a%2Fb/palomad.tar.gz?x=1&checksum=sha256:ab&archive=tar.gz&y#part\n',
  );
  expect(url.href).toBe('https://host:8443/a%2Fb/palomad.tar.gz?x=1&y');
  expect(source).toEqual({
    authorization: `Basic ${btoa('user:p@ss')}`,
    shown: 'https://host:8443/a%2Fb/palomad.tar.gz?x=***&***',
    checksum: 'sha256:ab',
    asked: 'tar.gz',
  });
  expect(namesOf(url)).toEqual(['palomad.tar.gz', 'a/b/palomad.tar.gz']);
});

test.each([
  ['git::https://me:hidden@host/repo', 'git::'],
  ['s3::https://s3.amazonaws.com/bucket/file', 's3::'],
  ['git::ssh://git@host/repo', 'git::'],
  ['file:///usr/bin/palomad', 'file:'],
  ['ftp://me:hidden@host/palomad', 'ftp:'],
  ['s3://bucket/palomad', 's3:'],
  ['data:text/plain,hidden', 'data:'],
  ['/usr/bin/palomad', 'local path'],
  ['./palomad', 'local path'],
  ['../palomad', 'local path'],
  ['~/palomad', 'local path'],
  ['//host/palomad', 'local path'],
])('refuses %s by name', (text, reason) => {
  const error = thrownBy(() => parseSource(text));
  expect(error.code).toBe('FETCHER_SCHEME_UNSUPPORTED');
  expect(error.message).toContain(reason);
  expect(error.message).not.toContain('me:hidden');
  expect(error.hint).toContain('only http:// and https://');
});

test.each([
  '',
  'palomad',
  'github.com/palomachain/paloma',
  'https://',
  'http://host:port/',
  'note:',
  'https://me:hid/den@host/',
])('refuses %j as no address', (text) => {
  const error = thrownBy(() => parseSource(text));
  expect(['FETCHER_URL_INVALID', 'FETCHER_SCHEME_UNSUPPORTED']).toContain(error.code);
  expect(error.message).not.toMatch(/hid\/den/);
});

test.each([
  ['palomad', undefined],
  ['palomad-v2.4.15', undefined],
  ['palomad_Linux_x86_64.tar.gz', 'tar.gz'],
  ['palomad.TGZ', 'tar.gz'],
  ['palomad.zip?archive=false', 'raw'],
  ['palomad.zip?archive=0', 'raw'],
  ['palomad?archive=tar.zst', 'tar.zst'],
  ['palomad.gz', 'gz'],
])('%s promises %s', (name, kind) => {
  expect(promisedKind(parseSource(`https://host/${name}`))).toBe(kind);
});

test.each(['palomad.tar.xz', 'palomad.deb', 'palomad.tar.bz2', 'palomad?archive=tar.xz', 'palomad?archive=rar'])(
  'refuses the kind of %s by name',
  (name) => {
    const error = thrownBy(() => promisedKind(parseSource(`https://host/${name}`)));
    expect(error.code).toBe('FETCHER_KIND_UNSUPPORTED');
  },
);

test.each(['checksum', 'archive'])('takes two equal %s parameters for one, and refuses two others', (name) => {
  const url = (a: string, b: string): string => `https://host/f?${name}=${a}&${name}=${b}`;
  expect(parseSource(url('zip', 'zip')).url.href).toBe('https://host/f');
  const error = thrownBy(() => parseSource(url('zip', 'tar')));
  expect(error.code).toBe(name === 'checksum' ? 'FETCHER_CHECKSUM_INVALID' : 'FETCHER_URL_INVALID');
  expect(error.message).toContain(`has 2 ${name} parameters`);
});

function thrownBy(step: () => unknown): FetcherError {
  try {
    step();
  } catch (error) {
    return error as FetcherError;
  }
  throw new Error('nothing was thrown');
}
