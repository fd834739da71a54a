import type { Digest } from './checksum.js';
import type { FetchAccess, FetchLimits } from './options.js';
import { receive } from './receive.js';
import { receiveInto } from './received.js';
import { withRetries } from './retry.js';
import type { Source } from './source.js';
import type { Store } from './store.js';
import { textStore } from './store.js';
import {
  type ChecksumOptions,
  type Expected,
  expectedDigests,
  type Promised,
  promisedChecksums,
  verify,
} from './verify.js';

export interface DownloadOptions extends FetchAccess, ChecksumOptions {
  readonly limits: FetchLimits;
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
  /** The strongest one that it was compared with. */
  readonly checksum: Expected | undefined;
}

/** A checksum file lists the assets of one release: a few kilobytes. */
const CHECKSUM_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Downloads into the store and compares with every checksum that was promised; the hashes are made while the bytes arrive.
 * What may pass is tried again, from where it broke off if the server allows. A file that came whole and is wrong stays
 * wrong; one in pieces, or whose length nobody told, may have been put together wrongly, and is fetched anew.
 */
export async function download(
  source: Source,
  promised: readonly Promised[],
  store: Store,
  options: DownloadOptions,
): Promise<Downloaded> {
  const expected = await expectedDigests(source, promised, options, (file) => fetchChecksumFile(source, file, options));
  const received = receiveInto(store, ['sha256', ...expected.map(({ algorithm }) => algorithm)]);
  const digests = await withRetries(options, async (): Promise<readonly Digest[]> => {
    await receive(source, received, options);
    const made = received.digests();
    const transient = received.resumed || received.total === undefined;
    const { bytes } = received;
    try {
      verify(source, bytes, made, expected, transient);
    } catch (error) {
      await received.restart();
      throw error;
    }
    return made;
  });
  const sha256 = digests.find(({ algorithm }) => algorithm === 'sha256')?.hex ?? '';
  return { bytes: received.bytes, sha256, checksum: expected[0] };
}

async function fetchChecksumFile(source: Source, file: Source, options: DownloadOptions): Promise<string> {
  const store = textStore();
  const own: DownloadOptions = {
    ...options,
    // Of the list nothing is promised, unless its own address has a checksum.
    checksum: undefined,
    requireChecksum: false,
    // They are for the origin of the file itself, and so is the progress.
    headers: file.url.origin === source.url.origin ? (options.headers ?? {}) : {},
    onProgress: () => undefined,
    limits: { ...options.limits, bytes: Math.min(options.limits.bytes, CHECKSUM_FILE_BYTES) },
  };
  await download(file, promisedChecksums(file, own), store, own);
  return store.text(file.shown);
}
