import { readWalEndHeight } from '@chainvisor/chain';
import { stat } from 'node:fs/promises';

/** The last height that the consensus log ends; undefined where it tells none. */
export type WalReader = () => Promise<number | undefined>;

/** Reads the log, megabytes of it, again only where it has changed: a halted node is asked about many times. */
export function createWalReader(file: string): WalReader {
  let seen: string | undefined;
  let height: number | undefined;
  return async () => {
    const now = await stampOf(file);
    if (now === undefined || now !== seen) height = await readWalEndHeight(file);
    seen = now;
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
