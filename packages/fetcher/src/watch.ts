import { FetcherError, throwIfAborted } from './errors.js';
import type { FetchLimits } from './options.js';

/** Bounds one attempt in time. */
export interface Watch {
  /** Aborted when the caller's signal is, or when a time is up; the reason is the FetcherError to throw. */
  readonly signal: AbortSignal;
  /** Waits for the network, for the idle time at most. */
  waiting<T>(what: string, step: () => Promise<T>): Promise<T>;
  end(): void;
}

export function watchAttempt(shown: string, limits: FetchLimits, signal: AbortSignal | undefined): Watch {
  throwIfAborted(signal);
  const control = new AbortController();
  const onAbort = (): void => {
    control.abort(new FetcherError('FETCHER_ABORTED', `fetching ${shown} was aborted`, { cause: signal?.reason }));
  };
  signal?.addEventListener('abort', onAbort);
  const whole = setTimeout(() => {
    const message = `${shown} took longer than ${limits.time} ms`;
    control.abort(new FetcherError('FETCHER_TIMEOUT', message, { transient: true }));
  }, limits.time);

  return {
    signal: control.signal,
    async waiting(what, step) {
      const idle = setTimeout(() => {
        const message = `${shown} stalled: ${what} for ${limits.idle} ms`;
        control.abort(new FetcherError('FETCHER_STALLED', message, { transient: true }));
      }, limits.idle);
      try {
        return await step();
      } finally {
        clearTimeout(idle);
      }
    },
    end() {
      clearTimeout(whole);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
