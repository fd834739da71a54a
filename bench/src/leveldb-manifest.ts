/** Bytes of a record with its header: a block of 32 KiB holds a whole number of them, so that none is ever split. */
const RECORD = 64;
const HEADER = 7;

/**
 * The MANIFEST of a LevelDB that has recorded these tables, as number and size in bytes: the log format of LevelDB, one
 * version edit a table, its largest key as long as it takes to fill the record.
 */
export function manifestOf(tables: readonly (readonly [number, number])[]): Buffer {
  return Buffer.concat(tables.map(([number, size]) => recordOf(number, size)));
}

function recordOf(number: number, size: number): Buffer {
  const smallest = [1, 0x61];
  // 7: a new table, here at level 0.
  const begin = [7, 0, ...varint(number), ...varint(size), ...smallest];
  const rest = RECORD - HEADER - begin.length - 1;
  // 1: a record that is whole.
  const typed = Buffer.from([1, ...begin, rest, ...Array<number>(rest).fill(0x62)]);
  const header = Buffer.alloc(HEADER - 1);
  const crc = crc32c(typed);
  header.writeUInt32LE(((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0);
  header.writeUInt16LE(RECORD - HEADER, 4);
  return Buffer.concat([header, typed]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** Castagnoli's, bit by bit: there is little of it. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
  }
  return ~crc >>> 0;
}
