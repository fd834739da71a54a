import { mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GoError } from './endings.ts';
import { replaceFile } from './files.ts';

// Held for the life of the process: a collected handle would let go of its lock.
const held: unknown[] = [];

/**
 * Takes a kernel lock on a file, which ends with the process however that ends and is listed in /proc/locks under its pid.
 * Node has no call for it, but SQLite's EXCLUSIVE state is one (fcntl, as pebble and rocksdb take it); the file stays empty.
 */
function lock(path: string): boolean {
  try {
    // Two that ask at one moment both hold SHARED and are both told BUSY; SQLite's own tries let exactly one of them have it.
    const database = new DatabaseSync(path, { timeout: 250 });
    database.exec('BEGIN EXCLUSIVE');
    held.push(database);
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === 5) return false;
    throw error;
  }
}

function nextNumber(directory: string): number {
  try {
    return Number(/MANIFEST-(\d+)/.exec(readFileSync(join(directory, 'CURRENT'), 'utf8'))?.[1] ?? 0) + 2;
  } catch {
    return 1;
  }
}

/** Opens one LevelDB-like directory: a new MANIFEST and log that stay open, CURRENT replaced by rename, one table that never changes again. */
function openDatabase(directory: string): void {
  mkdirSync(directory, { recursive: true });
  if (!lock(join(directory, 'LOCK'))) {
    throw new GoError('failed to initialize database: resource temporarily unavailable');
  }
  const number = nextNumber(directory);
  const name = (at: number): string => String(at).padStart(6, '0');
  const manifest = `MANIFEST-${name(number)}`;
  const append = (file: string, text: string): void => {
    const fd = openSync(join(directory, file), 'a', 0o644);
    held.push(fd);
    writeSync(fd, text);
  };
  append('LOG', `=============== open by ${process.pid} ===============\n`);
  append(manifest, `leveldb.BytewiseComparator ${number}\n`);
  append(`${name(number + 1)}.log`, '');
  replaceFile(join(directory, `${name(number)}.ldb`), `table ${number}\n`, 0o644);
  replaceFile(join(directory, 'CURRENT'), `${manifest}\n`, 0o644);
}

/**
 * Opens what a node opens under its data directory.
 * @throws {GoError} where another process has it.
 */
export function openDatabases(data: string): void {
  for (const name of ['application.db', 'blockstore.db', 'state.db']) openDatabase(join(data, name));
}
