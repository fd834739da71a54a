import { writeSync } from 'node:fs';
import type { Journal } from './journal.ts';

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Ends the process by a signal, whatever Node or a handler would do with it. */
export function dieBy(signal: NodeJS.Signals): void {
  // Adding and removing a handler leaves the default action behind; Node itself ignores SIGPIPE.
  const nothing = (): void => undefined;
  process.on(signal, nothing);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

export type Write = (fd: 1 | 2, text: string) => void;

/**
 * Writes like a Go process: whole and blocking, so that an undrained pipe stalls everything, and a closed one kills by SIGPIPE.
 * A non-blocking stream, where a real node loses the write, is waited for and told to the journal once.
 */
export function openStreams(journal: Journal): Write {
  let told = false;
  return (fd, text) => {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;) {
      try {
        done += writeSync(fd, bytes, done);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') {
          if (!told) journal({ event: 'nonblocking', fd });
          told = true;
          Atomics.wait(pause, 0, 0, 2);
        } else if (code === 'EPIPE') {
          journal({ event: 'end', code: 'SIGPIPE' });
          dieBy('SIGPIPE');
          return;
        } else return;
      }
    }
  };
}
