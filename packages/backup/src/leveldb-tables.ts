import { readFile } from 'node:fs/promises';
import type { BytePath } from './bytes.js';
import { at, joined } from './bytes.js';
import { readLog } from './leveldb-log.js';

/**
 * The tables that a LevelDB or goleveldb database has recorded: file number to size in bytes. Empty where its CURRENT or
 * MANIFEST cannot be understood.
 *
 * Every record also raises the number for the next file above the tables that it names, so none of these is ever opened
 * for writing again. A table that was written and not recorded, as SIGKILL leaves it, can be: its number is given once
 * more at the next open, and the file truncated.
 */
export async function recordedTables(root: string, directory: BytePath): Promise<ReadonlyMap<number, number>> {
  const tables = new Map<number, number>();
  try {
    const current = await readFile(at(root, joined(directory, 'CURRENT')), 'latin1');
    const manifest = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
    if (manifest === undefined) return tables;
    for await (const record of readLog(at(root, joined(directory, manifest)))) if (!readEdit(record, tables)) break;
  } catch {
    // Unreadable now is told when it is copied; without it nothing is linked.
    return new Map();
  }
  return tables;
}

/** Adds the tables of a version edit. False where it has a field that we do not know. */
function readEdit(record: Buffer, tables: Map<number, number>): boolean {
  let offset = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = record.readUInt8(offset++);
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
    }
  };
  const passBytes = (): void => {
    const length = number();
    offset += length;
  };
  try {
    while (offset < record.length) {
      const tag = number();
      // comparator | log, next file, last sequence, previous log | compaction pointer | deleted table | new table
      if (tag === 1) passBytes();
      else if ([2, 3, 4, 9].includes(tag)) number();
      else if (tag === 5) {
        number();
        passBytes();
      } else if (tag === 6) {
        number();
        number();
      } else if (tag === 7) {
        number();
        const table = number();
        const size = number();
        passBytes();
        passBytes();
        if (offset > record.length) return false;
        tables.set(table, size);
      } else return false;
    }
    return true;
  } catch {
    return false;
  }
}
