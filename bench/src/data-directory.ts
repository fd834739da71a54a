import { randomBytes } from 'node:crypto';
import { mkdir, open, statfs, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestOf } from './leveldb-manifest.ts';

const MiB = 1024 * 1024;
const state = '{"height":"1","round":0,"step":1}';

/**
 * Fills a data directory with databases as goleveldb leaves them: four fifths of the bytes in tables of 64 MiB, the rest in
 * tables of 2 MiB, all recorded, and a write-ahead log of 4 MiB each. Throws where the disk has no room for that and a copy.
 */
export async function makeDatabases(data: string, bytes: number): Promise<void> {
  await mkdir(data);
  const { bavail, bsize } = await statfs(data);
  if (bavail * bsize < bytes * 2.2)
    throw new Error(
      `${data} has ${gigabytes(bavail * bsize)} free, and ${gigabytes(bytes * 2.2)} are needed: see --data`,
    );
  await makeDatabase(join(data, 'application.db'), 64 * MiB, Math.round((bytes * 0.8) / (64 * MiB)));
  await makeDatabase(join(data, 'blockstore.db'), 2 * MiB, Math.round((bytes * 0.2) / (2 * MiB)));
  await writeFile(join(data, 'priv_validator_state.json'), state);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

async function makeDatabase(dir: string, tableBytes: number, count: number): Promise<void> {
  await mkdir(dir);
  // What nothing can compress or take for a hole.
  const noise = randomBytes(MiB);
  const tables = Array.from({ length: count }, (_, index) => [index + 10, tableBytes] as const);
  const fill = async (name: string, size: number): Promise<void> => {
    const file = await open(join(dir, name), 'wx');
    for (let written = 0; written < size; written += MiB) await file.write(noise);
    await file.close();
  };
  for (const [number, size] of tables) await fill(`${String(number).padStart(6, '0')}.ldb`, size);
  await fill('000009.log', 4 * MiB);
  await writeFile(join(dir, 'MANIFEST-000008'), manifestOf(tables));
  await writeFile(join(dir, 'CURRENT'), 'MANIFEST-000008\n');
  await utimes(dir, 1_700_000_000, 1_700_000_000);
}

/** Fills a data directory with small files, 0.5 to 8 KB, a thousand in each directory. */
export async function makeSmallFiles(data: string, count: number): Promise<void> {
  await mkdir(data);
  const noise = randomBytes(MiB);
  for (let made = 0; made < count; made++) {
    const dir = join(data, `${Math.floor(made / 1000)}.wal`);
    if (made % 1000 === 0) await mkdir(dir);
    const begin = (made * 127) % (MiB - 8192);
    await writeFile(join(dir, `wal.${made}`), noise.subarray(begin, begin + 512 + ((made * 7919) % 7500)));
  }
  await writeFile(join(data, 'priv_validator_state.json'), state);
}
