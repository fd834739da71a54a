import { describe, expect, it } from 'vitest';
import { checksumFiles } from '../src/sources/checksum-files.js';

describe('the checksum files of a release', () => {
  it.each([
    ['SHA256SUMS'],
    ['SHA256SUMS-v18.1.0.txt'],
    ['sha256sum.txt'],
    ['sha256sums.txt'],
    ['checksums.txt'],
    ['checksum.txt'],
    ['junod_sha256.txt'],
    ['akash_0.36.0_checksums.txt'],
    ['checksums_sha256.txt'],
    ['gaiad.sha256'],
    ['app.tar.gz.sha256'],
    ['app.tar.gz.sha256sum'],
    ['app.tar.gz.sha256.txt'],
    ['SHA512SUMS'],
  ])('%s is one', (name) => expect(checksumFiles([name, 'app.tar.gz'], 'app.tar.gz')).toEqual([name]));

  it.each([
    ['checksums.txt.sig'],
    ['SHA256SUMS.asc'],
    ['md5sums.txt'],
    ['sha1sums.txt'],
    ['checksums_md5.txt'],
    ['README.md'],
    ['genesis.json'],
    ['other.tar.gz.sha256'],
    ['app.tar.gz.sbom'],
    ['app.tar.gz'],
    ['sha256-tool.tar.gz'],
  ])('%s is none', (name) => expect(checksumFiles([name], 'app.tar.gz')).toEqual([]));

  it('puts the file of the asset first, and sha256 before sha512', () => {
    const names = ['SHA512SUMS', 'checksums.txt', 'app.zip.sha512', 'app.zip.sha256', 'SHA256SUMS', 'app.zip'];
    expect(checksumFiles(names, 'app.zip')).toEqual([
      'app.zip.sha256',
      'app.zip.sha512',
      'SHA256SUMS',
      'checksums.txt',
      'SHA512SUMS',
    ]);
  });
});
