/** An iterator that hands out the latest value only: what its consumer was too slow to take is replaced, not queued. */
export interface Latest<T> extends AsyncIterator<T, undefined> {
  /** Offers a value. One that the consumer took last, by its identity, is not handed out again. */
  readonly put: (value: T) => void;
  /** Ends the iteration at once, with the error where there is one. */
  readonly end: (error?: unknown) => void;
}

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * @param onFirst called before the first value is asked for
 * @param onEnd called once, when the iteration ends for whatever reason
 */
export function createLatest<T>(identityOf: (value: T) => string, onFirst: () => void, onEnd: () => void): Latest<T> {
  const waiters: Waiter<T>[] = [];
  let waiting: { readonly value: T } | undefined;
  let taken: string | undefined;
  let state: 'new' | 'open' | 'ended' = 'new';
  let failure: { readonly error: unknown } | undefined;

  function put(value: T): void {
    if (state === 'ended') return;
    waiting = identityOf(value) === taken ? undefined : { value };
    const waiter = waiting === undefined ? undefined : waiters.shift();
    if (waiter !== undefined) waiter.resolve(take(value));
  }

  function take(value: T): IteratorResult<T, undefined> {
    waiting = undefined;
    taken = identityOf(value);
    return { done: false, value };
  }

  function end(error?: unknown): void {
    if (state === 'ended') return;
    state = 'ended';
    waiting = undefined;
    onEnd();
    const first = error === undefined ? undefined : waiters.shift();
    if (first !== undefined) first.reject(error);
    else if (error !== undefined) failure = { error };
    for (const waiter of waiters.splice(0)) waiter.resolve({ done: true, value: undefined });
  }

  function next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (state === 'new') {
        state = 'open';
        onFirst();
      }
      if (waiting !== undefined) resolve(take(waiting.value));
      else if (state === 'open') waiters.push({ resolve, reject });
      else if (failure === undefined) resolve({ done: true, value: undefined });
      else {
        const { error } = failure;
        failure = undefined;
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it was thrown
        reject(error);
      }
    });
  }

  function stop(): Promise<IteratorResult<T, undefined>> {
    end();
    return Promise.resolve({ done: true, value: undefined });
  }

  return { put, end, next, return: stop };
}
