import { readWalEndHeight } from '@chainvisor/chain';
import { stat } from 'node:fs/promises';

/** The last height that the consensus log ends; undefined where it tells none. */
export type WalReader = () => Promise<number | undefined>;

/** The log of a running node changes all the time: it is not read more often than this, in milliseconds. */
const leastInterval = 5000;

/** Reads the log, megabytes of it, again only where it has changed: a halted node is asked about many times. */
export function createWalReader(file: string, interval = leastInterval): WalReader {
  let seen: string | undefined;
  let height: number | undefined;
  let readAt = -Infinity;
  return async () => {
    const stamp = await stampOf(file);
    const isFresh = height !== undefined && performance.now() - readAt < interval;
    if ((stamp === undefined || stamp !== seen) && !isFresh) {
      height = await readWalEndHeight(file);
      seen = stamp;
      readAt = performance.now();
    }
    return height;
  };
}

async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}
