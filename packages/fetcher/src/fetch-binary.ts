import { join } from 'node:path';
import { appearAt } from './archive/appear.js';
import { place } from './archive/place.js';
import { unpack } from './archive/unpack.js';
import { download } from './download.js';
import { FetcherError, throwIfAborted } from './errors.js';
import { type FetchDocumentOptions, proofOf, type VerifiedChecksum } from './fetch-document.js';
import type { Kind } from './kind.js';
import { checkOptions } from './options.js';
import { parseSource, promisedKind } from './source.js';
import { fileStore } from './store.js';
import { promisedChecksums } from './verify.js';

export interface FetchBinaryOptions extends FetchDocumentOptions {
  /** The file name that the binary gets, and is looked for in an archive. */
  readonly daemon: string;
  /** A directory that must not exist; its parent must. */
  readonly destination: string;
}

export interface FetchedBinary {
  /** The address as it may be shown. */
  readonly source: string;
  /** Of the bytes that were downloaded, lower-case hex. */
  readonly sha256: string;
  /** How many bytes were downloaded. */
  readonly bytes: number;
  readonly checksum?: VerifiedChecksum;
  readonly kind: Kind;
  /** The name of the binary in the archive; absent where it is no archive. */
  readonly member?: string;
  /** Path of the binary under the destination. */
  readonly binary: string;
  /** Paths of the libraries under the destination. */
  readonly libraries: readonly string[];
  /** Names of other executables in the archive, which were passed over. */
  readonly others: readonly string[];
}

/**
 * Downloads a program, verifies it, finds the binary in it, and makes the destination: `bin/<daemon>`, and `lib/` with the
 * libraries that lay beside it. All of that happens in a hidden directory beside the destination, which gets its name at
 * the end, once everything is on disk. Nothing is unpacked before the checksum is known to be right.
 *
 * Throws FetcherError. Whatever the reason, nothing of it is left then; only the hidden directory `.fetch-…` is, where the
 * process was killed.
 */
export async function fetchBinary(options: FetchBinaryOptions): Promise<FetchedBinary> {
  const { daemon, limits, signal, onProgress } = options;
  checkOptions(options);
  checkDaemon(daemon);
  const source = parseSource(options.url);
  const promised = promisedKind(source);
  const checksums = promisedChecksums(source, options);
  throwIfAborted(signal);

  return appearAt(options.destination, async (work, finished) => {
    const path = join(work, 'download');
    const store = await fileStore(path);
    const downloaded = await download(source, checksums, store, options).finally(() => store.close());

    const file = { path, bytes: downloaded.bytes, shown: source.shown, signal, onProgress };
    const directory = join(work, 'unpacked');
    const { kind, member, ...choice } = await unpack(file, {
      daemon,
      limits,
      asked: source.asked,
      promised,
      directory,
    });
    const placed = await place(finished, daemon, choice);
    throwIfAborted(signal);
    return {
      source: source.shown,
      bytes: downloaded.bytes,
      ...proofOf(downloaded),
      kind,
      ...(member === undefined ? {} : { member }),
      ...placed,
      others: choice.others,
    };
  });
}

function checkDaemon(daemon: string): void {
  if (/^(?!\.{1,2}$)[^/\0]{1,255}$/.test(daemon)) return;
  throw new FetcherError('FETCHER_OPTION_INVALID', `daemon is ${JSON.stringify(daemon)}: expected a file name`);
}
