import { FetcherError } from './errors.js';
import { redactUrl } from './redact.js';

export type ChecksumAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** A hash, in lower case. */
export interface Digest {
  readonly algorithm: ChecksumAlgorithm;
  readonly hex: string;
}

/** A hash, or the address of a list that has it. */
export type Checksum = Digest | { readonly file: string };

const LENGTHS: Readonly<Record<ChecksumAlgorithm, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

/** From the weakest on. */
export const algorithms = Object.keys(LENGTHS) as readonly ChecksumAlgorithm[];

/** Whether anybody with means can make another file with the same hash. */
export function isWeak(digest: Digest): boolean {
  return digest.algorithm === 'md5' || digest.algorithm === 'sha1';
}

/**
 * Reads a checksum in go-getter's forms: `sha256:<hex>`, `sha512:`, `md5:`, `sha1:`, hex alone, whose length tells which,
 * and `file:<url>`.
 *
 * Throws FetcherError `FETCHER_CHECKSUM_INVALID`.
 */
export function parseChecksum(text: string): Checksum {
  const trimmed = text.trim();
  const [, prefix, rest = trimmed] = /^([a-z\d]+):(.*)$/is.exec(trimmed) ?? [];
  if (prefix?.toLowerCase() === 'file') return { file: rest };
  const digest = digestOf(prefix, rest);
  if (digest === undefined) {
    throw new FetcherError('FETCHER_CHECKSUM_INVALID', `${JSON.stringify(redactUrl(trimmed))} is no checksum`, {
      hint: 'write sha256:<64 hex digits>, sha512:<128 hex digits>, or file:<URL of a checksum file>',
    });
  }
  return digest;
}

/** undefined for what is no hash of that algorithm; without a name, the length decides. */
export function digestOf(name: string | undefined, hex: string): Digest | undefined {
  if (!/^[\da-f]+$/i.test(hex)) return undefined;
  const wanted = name?.toLowerCase().replace('-', '');
  const algorithm = algorithms.find((a) => hex.length === LENGTHS[a] && (wanted === undefined || wanted === a));
  return algorithm === undefined ? undefined : { algorithm, hex: hex.toLowerCase() };
}
