import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { configuredPath } from './node-config.js';
import { lastEndHeight } from './wal-file.js';

/** One height rarely fills more than one file of 10 MB; a search without end would only find what other sources know. */
const MAX_ROTATED_FILES = 4;

/**
 * Where the consensus log (WAL) of this home is: `data/cs.wal/wal`, or `wal_file` under `[consensus]` of config.toml.
 * Parses config.toml, a millisecond or two: the node reads it at its start only, so once is enough.
 */
export function walFile(home: string): Promise<string> {
  return configuredPath(home, 'consensus.wal_file', 'data/cs.wal/wal');
}

/** The files that were once `file`, newest first: CometBFT renames a full one to `wal.000`, `wal.001`, …. */
async function rotatedFiles(file: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(dirname(file));
  } catch {
    return [];
  }
  const head = `${basename(file)}.`;
  return names
    .filter((name) => name.startsWith(head) && /^\d{3,15}$/.test(name.slice(head.length)))
    .sort((a, b) => Number(b.slice(head.length)) - Number(a.slice(head.length)))
    .slice(0, MAX_ROTATED_FILES)
    .map((name) => join(dirname(file), name));
}

/**
 * The last height that the consensus log says is ended: CometBFT writes it once the block is stored and before it is
 * applied (`finalizeCommit`), so at a halt for an upgrade at height H the log says H and the application H - 1. Reads the
 * file and, where it has none, up to four of the rotated ones, the newest first.
 *
 * A lower bound: records are buffered, a torn or corrupt one ends what is read of its file, and block sync writes none.
 * It speaks of the node that wrote the log, so not of data that was restored beside an old one. 0 where that is all the
 * log has; undefined where there is none in it. Opens for reading only, through one buffer of 1.3 MiB, and may be asked
 * while the node runs; never throws.
 */
export async function readWalEndHeight(file: string): Promise<number | undefined> {
  let height = await lastEndHeight(file);
  if (height !== undefined && height > 0) return height;
  // Each empty file begins with EndHeight 0, also when a node starts just after a rotation: the older ones know better.
  // They are listed only now, so that a file rotated meanwhile is among them.
  for (const rotated of await rotatedFiles(file)) {
    const found = await lastEndHeight(rotated);
    if (found !== undefined && found > 0) return found;
    height ??= found;
  }
  return height;
}
