function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** One protobuf field with a number; nothing for 0. */
export const number = (field: number, value: number): Buffer =>
  value === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([field << 3]), varint(value)]);

/** One protobuf field with bytes; nothing where there are none. */
export const bytes = (field: number, value: Buffer): Buffer =>
  value.length === 0 ? value : Buffer.concat([Buffer.from([(field << 3) | 2]), varint(value.length), value]);

/** The fields of a request by their numbers, the last of each; only numbers and bytes occur. */
export function readRequest(message: Buffer): Map<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const value = next();
    fields.set(tag >> 3, (tag & 7) === 2 ? message.subarray(at, (at += value)) : value);
  }
  return fields;
}
