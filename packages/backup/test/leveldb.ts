import { crc32c } from '../src/crc32c.ts';

const BLOCK = 32 * 1024;

/** The MANIFEST of a LevelDB that has recorded these tables, as number and size, in one record. */
export function manifestOf(tables: readonly (readonly [number, number])[], more: Uint8Array = Buffer.alloc(0)): Buffer {
  const fields: Buffer[] = [
    Buffer.from([1]),
    bytes('leveldb.BytewiseComparator'),
    Buffer.from([2, 6, 3]),
    varint(20_000),
  ];
  fields.push(Buffer.from([4, 9, 5, 1]), bytes('pointer'), Buffer.from([6, 1, 2]), Buffer.from(more));
  for (const [number, size] of tables)
    fields.push(Buffer.from([7, 0]), varint(number), varint(size), bytes('smallest'), bytes('largest'));
  return asLog(Buffer.concat(fields));
}

function asLog(record: Buffer): Buffer {
  const parts: Buffer[] = [];
  let written = 0;
  for (let offset = 0; offset < record.length;) {
    const room = BLOCK - (written % BLOCK);
    if (room < 7) {
      parts.push(Buffer.alloc(room));
      written += room;
      continue;
    }
    const length = Math.min(room - 7, record.length - offset);
    const isLast = offset + length === record.length;
    const type = offset === 0 ? (isLast ? 1 : 2) : isLast ? 4 : 3;
    const body = Buffer.concat([Buffer.from([type]), record.subarray(offset, offset + length)]);
    const header = Buffer.alloc(6);
    const crc = crc32c(body);
    header.writeUInt32LE(((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0);
    header.writeUInt16LE(length, 4);
    parts.push(header, body);
    written += 7 + length;
    offset += length;
  }
  return Buffer.concat(parts);
}

const bytes = (text: string): Buffer => Buffer.concat([varint(text.length), Buffer.from(text)]);

function varint(value: number): Buffer {
  const digits: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) digits.push((value % 128) + 128);
  return Buffer.from([...digits, value]);
}
