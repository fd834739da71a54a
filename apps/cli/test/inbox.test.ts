import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createInbox } from '../src/supervise/inbox.js';

/** Counts how often a reader that asks again and again is woken. */
function reader(): { readonly wake: () => void; readonly count: () => number } {
  const { wake, next } = createInbox();
  let woken = 0;
  void (async () => {
    for (;;) {
      await next();
      woken++;
    }
  })();
  return { wake, count: () => woken };
}

describe('an inbox', () => {
  it('wakes the reader that waits', async () => {
    const { wake, count } = reader();
    await turn();
    expect(count()).toBe(0);
    wake();
    await turn();
    expect(count()).toBe(1);
  });

  it('remembers a call that comes before the question', async () => {
    const { wake, next } = createInbox();
    wake();
    await expect(next()).resolves.toBeUndefined();
  });

  it('takes many calls before one question as one', async () => {
    const { wake, next } = createInbox();
    wake();
    wake();
    wake();
    await next();
    let again = false;
    void next().then(() => (again = true));
    await turn();
    expect(again).toBe(false);
    wake();
    await turn();
    expect(again).toBe(true);
  });

  it('loses none that comes between the waking and the next question', async () => {
    const { wake, count } = reader();
    await turn();
    wake();
    wake();
    await turn();
    expect(count()).toBe(2);
  });

  it('has nothing left once it was answered', async () => {
    const { wake, count } = reader();
    await turn();
    for (let round = 1; round <= 5; round++) {
      wake();
      await turn();
      expect(count()).toBe(round);
    }
    await turn();
    expect(count()).toBe(5);
  });
});
