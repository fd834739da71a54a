import { algorithms, type Checksum, type Digest, isWeak, parseChecksum } from './checksum.js';
import { parseChecksumFile } from './checksum-file.js';
import { FetcherError } from './errors.js';
import { namesOf, parseSource, type Source } from './source.js';

/** A hash that the download must have. */
export interface Expected extends Digest {
  /** `url` its own parameter, `given` the caller, otherwise the checksum file's address as it may be shown. */
  readonly from: string;
}

export interface ChecksumOptions {
  readonly checksum?: string | undefined;
  readonly requireChecksum: boolean;
  readonly allowWeakChecksum: boolean;
}

/** What was said about the checksum, before anything is fetched. */
export interface Promised {
  readonly checksum: Checksum;
  readonly from: 'url' | 'given';
}

/**
 * Reads the caller's checksum and the URL's. Both count where both are there.
 *
 * Throws FetcherError `FETCHER_CHECKSUM_INVALID`, `FETCHER_CHECKSUM_MISSING`, `FETCHER_CHECKSUM_WEAK`, and what
 * `parseSource` throws for a checksum file.
 */
export function promisedChecksums(source: Source, options: ChecksumOptions): readonly Promised[] {
  const promised: Promised[] = [];
  if (options.checksum !== undefined) promised.push({ checksum: parseChecksum(options.checksum), from: 'given' });
  if (source.checksum !== undefined) promised.push({ checksum: parseChecksum(source.checksum), from: 'url' });
  for (const { checksum } of promised) if ('file' in checksum) parseSource(checksum.file);

  if (promised.length === 0 && options.requireChecksum) {
    throw new FetcherError('FETCHER_CHECKSUM_MISSING', `${source.shown} has no checksum, and one is required`, {
      hint: 'add ?checksum=sha256:<hex> to the address, or give the checksum beside it',
    });
  }
  const digests = promised.flatMap(({ checksum, from }) => ('file' in checksum ? [] : [{ ...checksum, from }]));
  if (digests.length === promised.length) checkExpected(source, digests, options);
  return promised;
}

/** Looks the hashes up that are in files. `fetchText` gets a file's address. Throws as the above, and what that throws. */
export async function expectedDigests(
  source: Source,
  promised: readonly Promised[],
  options: ChecksumOptions,
  fetchText: (file: Source) => Promise<string>,
): Promise<readonly Expected[]> {
  const expected: Expected[] = [];
  for (const { checksum, from } of promised) {
    if (!('file' in checksum)) {
      expected.push({ ...checksum, from });
      continue;
    }
    const file = parseSource(checksum.file);
    const text = await fetchText(file);
    expected.push({ ...parseChecksumFile(text, namesOf(source.url), file.shown), from: file.shown });
  }
  checkExpected(source, expected, options);
  return expected.toSorted((a, b) => algorithms.indexOf(b.algorithm) - algorithms.indexOf(a.algorithm));
}

function checkExpected(source: Source, expected: readonly Expected[], options: ChecksumOptions): void {
  for (const one of expected) {
    const other = expected.find(({ algorithm, hex }) => algorithm === one.algorithm && hex !== one.hex);
    if (other === undefined) continue;
    const message = `two checksums are given for ${source.shown}: ${describe(one)} and ${describe(other)}`;
    throw new FetcherError('FETCHER_CHECKSUM_INVALID', message, {
      hint: 'find out which one is right, and leave that',
    });
  }
  if (expected.length > 0 && expected.every(isWeak) && !options.allowWeakChecksum) {
    const [weak] = expected;
    throw new FetcherError('FETCHER_CHECKSUM_WEAK', `${weak?.algorithm ?? ''} of ${source.shown} proves nothing`, {
      hint: 'files with the same md5 or sha1 can be made: give a sha256 or sha512, or allow weak checksums',
    });
  }
}

/** Throws FetcherError `FETCHER_CHECKSUM_MISMATCH` unless all that is expected is among the digests. */
export function verify(
  source: Source,
  bytes: number,
  digests: readonly Digest[],
  expected: readonly Expected[],
  transient: boolean,
): void {
  for (const one of expected) {
    const got = digests.find(({ algorithm }) => algorithm === one.algorithm);
    if (got?.hex === one.hex) continue;
    const message = `${source.shown} is not the file that was promised: expected ${describe(one)}, got ${got?.algorithm ?? ''}:${got?.hex ?? ''} of ${bytes} bytes`;
    throw new FetcherError('FETCHER_CHECKSUM_MISMATCH', message, {
      transient,
      hint: 'it was replaced after the checksum was published, or changed on the way: ask those who released it',
    });
  }
}

function describe({ algorithm, hex, from }: Expected): string {
  return `${algorithm}:${hex} (${from === 'url' ? 'in the address' : from === 'given' ? 'given beside it' : `from ${from}`})`;
}
