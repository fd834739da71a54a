import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from './errors.js';

/**
 * Does the work for each item, at most `limit` of them at once. After a failure or an abort nothing new is begun; it
 * rejects with the first failure when all that was begun has ended, so that nothing is written behind the caller's back.
 */
export async function eachOf<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const item = items[next++] as T;
      try {
        throwIfAborted(signal);
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

const SLICE_MS = 5;

/**
 * Does synchronous work for each item, and lets others have their turn every few milliseconds. For calls like lstat and
 * link, which take less time than it takes to hand them to another thread.
 */
export async function inSlices<T>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T) => void,
): Promise<void> {
  let begin = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - begin < SLICE_MS) continue;
    await setImmediate();
    throwIfAborted(signal);
    begin = performance.now();
  }
  throwIfAborted(signal);
}
