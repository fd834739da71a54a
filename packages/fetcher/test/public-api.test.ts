import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as api from '../src/index.js';
import type {
  Checksum,
  ChecksumAlgorithm,
  Digest,
  FetchAccess,
  FetchBinaryOptions,
  FetchDocumentOptions,
  FetchedBinary,
  FetchedDocument,
  FetcherErrorCode,
  FetchLimits,
  FetchProgress,
  FetchRetry,
  Kind,
  VerifiedChecksum,
} from '../src/index.js';

type Types = [
  Checksum,
  ChecksumAlgorithm,
  Digest,
  FetchAccess,
  FetchBinaryOptions,
  FetchDocumentOptions,
  FetchedBinary,
  FetchedDocument,
  FetcherErrorCode,
  FetchLimits,
  FetchProgress,
  FetchRetry,
  Kind,
  VerifiedChecksum,
];

test('exports exactly what the README lists', () => {
  const types: Types[] = [];
  expect(types).toEqual([]);
  expect(Object.keys(api).sort()).toEqual([
    'FetcherError',
    'defaultLimits',
    'fetchBinary',
    'fetchDocument',
    'parseChecksum',
    'parseChecksumFile',
    'redactUrl',
  ]);
});

test('names its errors on the prototype and leaves what is absent away', () => {
  const error = new api.FetcherError('FETCHER_NETWORK', 'nothing');
  expect(error.name).toBe('FetcherError');
  expect(Object.hasOwn(error, 'name')).toBe(false);
  expect('hint' in error || 'retryAfter' in error || 'cause' in error).toBe(false);
  expect(error.transient).toBe(false);
});

test('loads undici only when something is downloaded', async () => {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
    const count = () => loaded.filter((name) => name === 'undici').length;
    const { fetchDocument, defaultLimits, redactUrl } = await import('@chainvisor/fetcher');
    redactUrl('https://host/');
    const options = { env: {}, attempts: 1, requireChecksum: false, allowWeakChecksum: false, limits: defaultLimits };
    const codes = [];
    for (const url of ['ftp://host/', 'http://127.0.0.1:1/']) {
      await fetchDocument({ ...options, url }).catch(({ code }) => codes.push(code, count() > 0));
    }
    console.log(JSON.stringify(codes));
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
  });
  expect(JSON.parse(stdout)).toEqual(['FETCHER_SCHEME_UNSUPPORTED', false, 'FETCHER_NETWORK', true]);
  expect(stderr).toBe('');
});
