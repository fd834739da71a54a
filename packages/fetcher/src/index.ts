export { type Checksum, type ChecksumAlgorithm, type Digest, parseChecksum } from './checksum.js';
export { parseChecksumFile } from './checksum-file.js';
export { FetcherError, type FetcherErrorCode } from './errors.js';
export { fetchBinary, type FetchBinaryOptions, type FetchedBinary } from './fetch-binary.js';
export {
  fetchDocument,
  type FetchDocumentOptions,
  type FetchedDocument,
  type VerifiedChecksum,
} from './fetch-document.js';
export type { Kind } from './kind.js';
export { defaultLimits, type FetchAccess, type FetchLimits, type FetchProgress, type FetchRetry } from './options.js';
export { redactUrl } from './redact.js';
