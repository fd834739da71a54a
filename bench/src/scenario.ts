import type { Cosmovisor } from './contenders.ts';
import type { Figure } from './table.ts';
import type { Workshop } from './workshop.ts';

/** What every scenario is given. */
export interface Bench {
  readonly workshop: Workshop;
  readonly cosmovisor: Cosmovisor | undefined;
  readonly sizes: Sizes;
  /** A line of progress. */
  readonly say: (line: string) => void;
}

/** How much is measured; rounds are counted after one warm-up. */
export interface Sizes {
  /** Upgrades in one supervisor's life. */
  readonly swaps: number;
  /** Fresh supervisors of which the first upgrade is measured. */
  readonly firstSwaps: number;
  readonly startUps: number;
  readonly passThroughs: number;
  /** Milliseconds before the idle windows, milliseconds of each, and how many. */
  readonly idleSettle: number;
  readonly idleWindow: number;
  readonly idleWindows: number;
  /** Bytes of the program in the release that is fetched, which compresses to a third, and how often it is. */
  readonly releaseBytes: number;
  readonly fetches: number;
  /** Bytes of the data directory that is backed up, files of one with small ones only, and how often each is. */
  readonly dataBytes: number;
  readonly smallFiles: number;
  readonly backups: number;
}

export const full: Sizes = {
  swaps: 24,
  firstSwaps: 9,
  startUps: 20,
  passThroughs: 25,
  idleSettle: 60_000,
  idleWindow: 60_000,
  idleWindows: 3,
  releaseBytes: 300_000_000,
  fetches: 7,
  dataBytes: 10_000_000_000,
  smallFiles: 100_000,
  backups: 3,
};

/** Enough to see that it runs, too little to quote. */
export const quick: Sizes = {
  swaps: 5,
  firstSwaps: 2,
  startUps: 4,
  passThroughs: 5,
  idleSettle: 5000,
  idleWindow: 10_000,
  idleWindows: 1,
  releaseBytes: 30_000_000,
  fetches: 2,
  dataBytes: 300_000_000,
  smallFiles: 3000,
  backups: 1,
};

/** Measures its contenders in the same rounds. Throws where it could not be run; a result that is bad is none of its errors. */
export type Scenario = (bench: Bench) => Promise<readonly Figure[]>;
