import { createHash, type Hash } from 'node:crypto';
import type { ChecksumAlgorithm, Digest } from './checksum.js';
import type { Store } from './store.js';

/** What has arrived so far, over all attempts. */
export interface Received {
  readonly bytes: number;
  /** Of the whole, where the server said it. */
  total: number | undefined;
  /** What the server can be held to when the rest is asked for; undefined where there is no such thing. */
  validator: string | undefined;
  /** Whether it came in pieces. */
  resumed: boolean;
  add(chunk: Uint8Array): Promise<void>;
  restart(): Promise<void>;
  /** Of all bytes; once, at the end. */
  digests(): readonly Digest[];
}

/** Writes what arrives into the store, and hashes it at the same time. */
export function receiveInto(store: Store, algorithms: readonly ChecksumAlgorithm[]): Received {
  const fresh = (): readonly (readonly [ChecksumAlgorithm, Hash])[] =>
    [...new Set(algorithms)].map((algorithm) => [algorithm, createHash(algorithm)]);
  let hashes = fresh();
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    total: undefined,
    validator: undefined,
    resumed: false,
    async add(chunk) {
      for (const [, hash] of hashes) hash.update(chunk);
      await store.write(chunk);
      bytes += chunk.length;
    },
    async restart() {
      if (bytes > 0) await store.restart();
      hashes = fresh();
      bytes = 0;
      this.total = undefined;
      this.validator = undefined;
      this.resumed = false;
    },
    digests: () => hashes.map(([algorithm, hash]) => ({ algorithm, hex: hash.digest('hex') })),
  };
}
