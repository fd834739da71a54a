import type { BytePath } from './bytes.js';
import { directoryOf, nameOf } from './bytes.js';
import { TABLES, databaseKind } from './database.js';
import { recordedTables } from './leveldb-tables.js';
import type { Found } from './scan.js';

/** File times may be a tick off, and a MANIFEST is written right after the table that it records. */
const TABLE_MARGIN_MS = 2_000;
const CHUNK_MARGIN_MS = 3_600_000;

/**
 * The files of a stopped node that nothing will ever change in place, so that a hard link to them stays what it is:
 *
 * - LevelDB, goleveldb: tables that the MANIFEST records, of the size that it records.
 * - RocksDB, pebble: tables and blob files older than the newest MANIFEST. RocksDB does not reuse a file number, and pebble
 *   removes a file before it makes one of the same name, so this is for caution only.
 * - chunks of state-sync snapshots, but of those in whose directory something was written in the last hour of the node:
 *   a snapshot that was cut short may be taken again into the same files.
 */
export async function linkable(root: string, entries: readonly Found[]): Promise<ReadonlySet<BytePath>> {
  const files = Map.groupBy(
    entries.filter((entry) => entry.type === 'file'),
    (entry) => directoryOf(entry.path),
  );
  const newest = entries.reduce((time, entry) => (entry.type === 'file' ? Math.max(time, entry.mtimeMs) : time), 0);
  const chosen = new Set<BytePath>();
  for (const [directory, inside] of files) {
    for (const entry of await settledIn(root, directory, inside, newest)) chosen.add(entry.path);
  }
  return chosen;
}

async function settledIn(root: string, directory: BytePath, files: Found[], newest: number): Promise<Found[]> {
  if (/^snapshots\/\d+\/\d+$/.test(directory)) {
    const isQuiet = files.every((file) => file.mtimeMs < newest - CHUNK_MARGIN_MS);
    return isQuiet ? files.filter((file) => /^\d+$/.test(nameOf(file.path))) : [];
  }
  const kind = databaseKind(files.map((file) => nameOf(file.path)));
  const pattern = kind === undefined ? undefined : TABLES[kind];
  if (pattern === undefined) return [];
  const tables = files.filter((file) => pattern.test(nameOf(file.path)));
  if (kind === 'leveldb') {
    if (tables.length === 0) return [];
    const recorded = await recordedTables(root, directory);
    return tables.filter((file) => recorded.get(Number(pattern.exec(nameOf(file.path))?.[1])) === file.size);
  }
  const manifests = files.filter((file) => /^MANIFEST-\d+$/.test(nameOf(file.path)));
  const written = Math.max(...manifests.map((file) => file.mtimeMs));
  return tables.filter((file) => file.mtimeMs < written - TABLE_MARGIN_MS);
}
