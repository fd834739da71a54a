/** A wake-up call that is never lost: `wake` before `next` is remembered, many before one `next` count once. */
export interface Inbox {
  readonly wake: () => void;
  /** Resolves at the next wake-up. */
  readonly next: () => Promise<void>;
}

/** Makes an inbox for one reader. */
export function createInbox(): Inbox {
  let woken = false;
  let resolve: (() => void) | undefined;
  return {
    wake: () => {
      if (resolve === undefined) woken = true;
      else {
        resolve();
        resolve = undefined;
      }
    },
    next: () => {
      if (woken) {
        woken = false;
        return Promise.resolve();
      }
      return new Promise((done) => (resolve = done));
    },
  };
}
