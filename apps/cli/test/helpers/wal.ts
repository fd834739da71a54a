import { openWal } from '@chainvisor/testkit';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Adds these heights to the consensus log of a home, as ended. */
export async function writeWal(home: string, heights: readonly number[]): Promise<void> {
  const data = join(home, 'data');
  await mkdir(data, { recursive: true });
  const end = openWal(data);
  for (const height of heights) end(height);
}
