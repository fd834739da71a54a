import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { TestkitError } from './errors.ts';

/** Milliseconds. */
export interface WaitForOptions {
  /** How long to wait; 30 000 by default. */
  readonly timeout?: number;
  /** How often to look; 20 by default. */
  readonly every?: number;
}

/**
 * Resolves to the first value of `fact` that is neither undefined nor false. A fact that throws is not true yet.
 * @throws {TestkitError} `WAIT_TIMEOUT`, naming `what` and the last value or error.
 */
export async function waitFor<T>(
  what: string,
  fact: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitForOptions = {},
): Promise<T> {
  const { timeout = 30_000, every = 20 } = options;
  const deadline = performance.now() + timeout;
  for (;;) {
    let last: unknown;
    try {
      const value = await fact();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      const said =
        last instanceof Error ? `the last look failed: ${last.message}` : `the last value was ${inspect(last)}`;
      throw new TestkitError('WAIT_TIMEOUT', `waited ${timeout} ms for ${what}; ${said}`, { cause: last });
    }
    await sleep(every);
  }
}
