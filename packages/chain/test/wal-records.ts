/** Bit by bit, so that it shares nothing with the table that it checks. */
function checksum(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  }
  return ~value >>> 0;
}

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value % 128n) | 128, ...varint(value / 128n)];
}

/** A protobuf field that holds bytes. */
export function field(number: number, content: Uint8Array | readonly number[]): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(BigInt(content.length))]), Uint8Array.from(content)]);
}

/** One record of the log round any data. */
export function record(data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(checksum(data), 0);
  head.writeUInt32BE(data.length, 4);
  return Buffer.concat([head, data]);
}

const TIME = field(1, [0x08, ...varint(1_700_000_000n), 0x10, ...varint(123_456_789n)]);

/** A message of the log: kind 1 to 4 as in CometBFT's wal.proto. */
export function message(kind: number, content: Uint8Array | readonly number[]): Buffer {
  return record(Buffer.concat([TIME, field(2, field(kind, content))]));
}

/** Ends this height; a negative one is written as 64 bits, as protobuf does. */
export function endHeight(height: number | bigint): Buffer {
  return message(4, BigInt(height) === 0n ? [] : [0x08, ...varint(BigInt.asUintN(64, BigInt(height)))]);
}

/** A message that ends nothing; a block part if it has much content. */
export function other(content: Uint8Array = Buffer.from('RoundStepPropose')): Buffer {
  return message(2, field(1, content));
}
