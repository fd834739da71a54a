import { writeSync } from 'node:fs';
import type { FakeChain } from '../fake-types.ts';
import { QUIT_DUMP } from './endings.ts';
import type { Journal } from './journal.ts';
import { dieBy } from './streams.ts';

/** The wish to stop, and the waits that it cuts short. */
export interface Stopper {
  readonly signal: () => NodeJS.Signals | undefined;
  /** Resolves to true as soon as a stop is wanted, to false after so many milliseconds. */
  wait(ms: number): Promise<boolean>;
  /** Resolves when a stop is wanted; until then the process stays alive. */
  readonly stopped: Promise<void>;
  /** The node is fully started: from here on up to 0.47 a signal stops it gracefully. */
  started(): void;
}

export interface SignalOptions {
  readonly line: number;
  readonly chain: FakeChain;
  readonly journal: Journal;
  readonly exit: (code: number) => never;
}

/**
 * Signals as each SDK line handles them. SIGUSR1 and SIGUSR2 mean nothing to a Go process; from 0.50 on SIGHUP has been seen to do nothing either.
 * Up to 0.45 SIGINT and SIGTERM kill before the node is fully started; 0.47 also ends at once, with code 0, from five seconds on.
 */
export function handleSignals({ line, chain, journal, exit }: SignalOptions): Stopper {
  const waiters = new Set<() => void>();
  let received: NodeJS.Signals | undefined;
  let full = line >= 50;
  let stop = (): void => undefined;
  const alive = setInterval(() => undefined, 2 ** 30);
  const stopped = new Promise<void>((resolve) => {
    stop = () => {
      clearInterval(alive);
      resolve();
    };
  });
  const die = (signal: NodeJS.Signals): void => {
    journal({ event: 'end', code: signal });
    dieBy(signal);
  };
  const on = (signal: NodeJS.Signals, action: () => void): void => {
    process.on(signal, () => {
      journal({ event: 'signal', signal });
      action();
    });
  };
  const outerAfter = chain.outerSignalAfter ?? 5000;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    on(signal, () => {
      if (chain.ignoreSigterm === true) return;
      if (line >= 46 && line < 50 && process.uptime() * 1000 >= outerAfter) exit(0);
      if (!full) {
        die(signal);
        return;
      }
      received ??= signal;
      stop();
      for (const wake of waiters) wake();
    });
  }
  on('SIGQUIT', () => {
    writeSync(2, QUIT_DUMP);
    exit(2);
  });
  on('SIGHUP', () => {
    if (line < 50) die('SIGHUP');
  });
  on('SIGUSR1', () => undefined);
  on('SIGUSR2', () => undefined);

  return {
    signal: () => received,
    stopped,
    started: () => (full = true),
    wait: (ms) =>
      new Promise((resolve) => {
        if (received !== undefined) {
          resolve(true);
          return;
        }
        const finish = (): void => {
          clearTimeout(timer);
          waiters.delete(finish);
          resolve(received !== undefined);
        };
        const timer = setTimeout(finish, ms);
        waiters.add(finish);
      }),
  };
}
