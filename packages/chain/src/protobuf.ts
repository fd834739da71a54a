import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { decodeUtf8 } from '@chainvisor/plan';

/** More than any message of a chain has on one level; each costs memory. */
const MOST_FIELDS = 10_000;

/**
 * The fields of one protobuf message by their numbers, each in the order of its values: numbers as unsigned 64 bits, and
 * the bytes of texts and of messages within. What has a fixed width is left out.
 */
export type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

/** Reads a message of any kind; undefined for bytes that are none, or that have groups, or 10 000 fields and more. */
export function readFields(bytes: Uint8Array): Fields | undefined {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  const reader = new BinaryReader(bytes);
  try {
    for (let count = 0; reader.pos < reader.len; count += 1) {
      const [number, type] = reader.tag();
      const isGroup = type === WireType.StartGroup || type === WireType.EndGroup;
      if (isGroup || count >= MOST_FIELDS) return undefined;
      if (type === WireType.Varint) add(fields, number, BigInt(reader.uint64()));
      else if (type === WireType.LengthDelimited) add(fields, number, reader.bytes());
      else reader.skip(type);
    }
  } catch {
    return undefined;
  }
  return fields;
}

function add(fields: Map<number, (bigint | Uint8Array)[]>, number: number, value: bigint | Uint8Array): void {
  const values = fields.get(number);
  if (values === undefined) fields.set(number, [value]);
  else values.push(value);
}

/** The number of a field, 0 where it is absent: the last one counts. */
export function numberOf(fields: Fields, number: number): bigint {
  return fields.get(number)?.findLast((value) => typeof value === 'bigint') ?? 0n;
}

/** The same as a signed 64-bit number. */
export function signedOf(fields: Fields, number: number): bigint {
  return BigInt.asIntN(64, numberOf(fields, number));
}

/** All values of a field of bytes. */
export function bytesOf(fields: Fields, number: number): Uint8Array[] {
  return (fields.get(number) ?? []).filter((value) => typeof value !== 'bigint');
}

/** The text of a field, read as Go reads UTF-8; empty where it is absent. */
export function textOf(fields: Fields, number: number): string {
  return decodeUtf8(bytesOf(fields, number).at(-1) ?? new Uint8Array());
}

/** The message of a field, without fields where it is absent. Of several, protobuf makes one. Undefined where it is none. */
export function messageOf(fields: Fields, number: number): Fields | undefined {
  const values = bytesOf(fields, number);
  return readFields(values.length === 1 ? (values[0] ?? Buffer.alloc(0)) : Buffer.concat(values));
}
