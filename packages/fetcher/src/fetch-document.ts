import { type Downloaded, download } from './download.js';
import { checkOptions, type FetchAccess, type FetchLimits } from './options.js';
import { parseSource } from './source.js';
import { textStore } from './store.js';
import { promisedChecksums } from './verify.js';

export interface FetchDocumentOptions extends FetchAccess {
  readonly url: string;
  /** In go-getter's forms, beside the one that the URL may carry. */
  readonly checksum?: string;
  readonly requireChecksum: boolean;
  /** Whether md5 and sha1 count. */
  readonly allowWeakChecksum: boolean;
  readonly limits: FetchLimits;
}

export interface FetchedDocument {
  /** Without a byte order mark. */
  readonly text: string;
  /** Its address as it may be shown. */
  readonly source: string;
  readonly sha256: string;
  readonly checksum?: VerifiedChecksum;
}

/** A checksum that what was fetched does have. */
export interface VerifiedChecksum {
  readonly algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512';
  readonly hex: string;
  /** `url`: the parameter in the address; `given`: the caller; otherwise the address of the checksum file. */
  readonly from: string;
}

/**
 * Fetches a small text into memory: the reference of a plan's info, a checksum file, the answer of a release API. It is
 * kept in memory, so `limits.bytes` should be small. Checksums, retries, redirects and proxies are those of `fetchBinary`.
 *
 * Throws FetcherError.
 */
export async function fetchDocument(options: FetchDocumentOptions): Promise<FetchedDocument> {
  checkOptions(options);
  const source = parseSource(options.url);
  const promised = promisedChecksums(source, options);
  const store = textStore();
  const downloaded = await download(source, promised, store, options);
  return { text: store.text(source.shown), source: source.shown, ...proofOf(downloaded) };
}

/** What is told of a download that holds what was promised. */
export function proofOf({ sha256, checksum }: Downloaded): { sha256: string; checksum?: VerifiedChecksum } {
  return checksum === undefined ? { sha256 } : { sha256, checksum };
}
