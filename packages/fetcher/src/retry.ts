import { setTimeout as pause } from 'node:timers/promises';
import { FetcherError, throwIfAborted } from './errors.js';
import type { FetchAccess } from './options.js';

const [FIRST_WAIT, LONGEST_WAIT] = [1_000, 30_000];

/** Tries again, after a pause, what failed in a way that may pass. Throws what the last attempt threw. */
export async function withRetries<T>(access: FetchAccess, attempt: () => Promise<T>): Promise<T> {
  const { signal, attempts, backoff = doubling } = access;
  for (let number = 1; ; number += 1) {
    throwIfAborted(signal);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof FetcherError && error.transient) || number >= attempts) throw error;
      const waitMs = Math.max(backoff(number), error.retryAfter ?? 0);
      access.onRetry?.({ attempt: number, reason: error.message, waitMs });
      // The pause's own rejection says less than ours, which is thrown next.
      await pause(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}

function doubling(attempt: number): number {
  return Math.min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT);
}
