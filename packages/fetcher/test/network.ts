import { createHash } from 'node:crypto';
import { type ReleaseServer, type ReleaseServerOptions, startReleaseServer } from '@chainvisor/testkit';
import { onTestFinished } from 'vitest';
import {
  defaultLimits,
  type FetchDocumentOptions,
  type FetchedDocument,
  fetchDocument,
  FetcherError,
  type FetcherErrorCode,
  type FetchLimits,
} from '../src/index.js';

/** A release server until the test is over. */
export async function releases(options: ReleaseServerOptions = {}): Promise<ReleaseServer> {
  const server = await startReleaseServer(options);
  onTestFinished(() => server.close());
  return server;
}

type Options = Partial<Omit<FetchDocumentOptions, 'limits'>> & { readonly limits?: Partial<FetchLimits> };

/** One attempt, no checksum and no proxy unless said otherwise; no pause between attempts. */
export function document(url: string, options: Options = {}): Promise<FetchedDocument> {
  return fetchDocument({
    url,
    requireChecksum: false,
    allowWeakChecksum: false,
    env: {},
    attempts: 1,
    backoff: () => 0,
    ...options,
    limits: limits(options.limits),
  });
}

/** Those that are proposed, with a megabyte for a text. */
export function limits(own: Partial<FetchLimits> = {}): FetchLimits {
  return { ...defaultLimits, bytes: 1_000_000, ...own };
}

/** The error that it fails with; throws where it does not, or with another code. */
export async function failure(attempt: Promise<unknown>, code: FetcherErrorCode): Promise<FetcherError> {
  const error = await attempt.then(
    (value) => new Error(`nothing failed: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof FetcherError && error.code === code) return error;
  throw error;
}

export function hashOf(algorithm: string, content: string | Uint8Array): string {
  return createHash(algorithm).update(content).digest('hex');
}

/** What was asked for, in order: the path and the range. */
export function asked(server: ReleaseServer): string[] {
  return server.requests.map(({ path, headers }) => (headers.range === undefined ? path : `${path} ${headers.range}`));
}
