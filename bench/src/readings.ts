import { waitFor } from '@chainvisor/testkit';
import { readFile } from 'node:fs/promises';
import type { Running } from './running.ts';

/** How long a reading is waited for, in milliseconds. */
export const patience = 60_000;

/** A clock reading that a C program has logged. */
export interface Reading {
  /** `main`: a node's main began. `file`: upgrade-info.json was closed. `exec`, `end`, `used`: the stopwatch's. */
  readonly event: 'main' | 'file' | 'exec' | 'end' | 'used';
  /** Nanoseconds of CLOCK_MONOTONIC, the same for all processes. */
  readonly at: bigint;
  readonly pid: number;
  /** The executable, or the name of the plan in the file; of `used` microseconds of processor time and KiB of memory. */
  readonly text: string;
}

/** The readings of a home, in the order of their logging. */
export interface Readings {
  readonly file: string;
  all(): Promise<readonly Reading[]>;
  /**
   * Resolves to the first `event` after `from` other readings. Rejects after 60 s, and where `source`, which is to bring
   * it about, ends without.
   */
  next(event: Reading['event'], from: number, source: Running): Promise<Reading>;
}

export function readingsIn(file: string): Readings {
  const all = async (): Promise<readonly Reading[]> => {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    });
    // What follows the last newline is a line that is being written.
    return text.split('\n').slice(0, -1).map(parse);
  };
  return {
    file,
    all,
    async next(wanted, from, source) {
      const look = async (): Promise<Reading | 'ended' | undefined> => {
        // Asked first: what it has logged before its end is there then.
        const ended = source.hasEnded();
        const found = (await all()).slice(from).find(({ event }) => event === wanted);
        return found ?? (ended ? 'ended' : undefined);
      };
      // Seldom enough to leave the processor to what is measured.
      const found = await waitFor(`a reading of "${wanted}"`, look, { timeout: patience, every: 50 });
      if (found === 'ended') throw new Error(`it ended without a reading of "${wanted}"`);
      return found;
    },
  };
}

/** Milliseconds from one reading to another. */
export function between(first: Reading, second: Reading): number {
  return Number(second.at - first.at) / 1e6;
}

function parse(line: string): Reading {
  const [event = '', at = '', pid = '', ...text] = line.split(' ');
  return { event: event as Reading['event'], at: BigInt(at), pid: Number(pid), text: text.join(' ') };
}
