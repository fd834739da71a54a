import { fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** CRC-32C, which guards each record. */
export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 255] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** One record of CometBFT's consensus log: checksum, length, and a `TimedWALMessage` that holds `EndHeight`. */
function endHeightRecord(height: number, now: number): Buffer {
  const seconds = varint(Math.floor(now / 1000));
  const time = [0x08, ...seconds];
  const end = height === 0 ? [] : [0x08, ...varint(height)];
  const message = [0x22, end.length, ...end];
  const body = Buffer.from([0x0a, time.length, ...time, 0x12, message.length, ...message]);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(crc32c(body), 0);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** Opens `data/cs.wal/wal` and returns what marks a height as decided. Only these records are written, not the votes between them. */
export function openWal(data: string): (height: number) => void {
  mkdirSync(join(data, 'cs.wal'), { recursive: true });
  const fd = openSync(join(data, 'cs.wal/wal'), 'a', 0o600);
  const end = (height: number): void => {
    writeSync(fd, endHeightRecord(height, Date.now()));
  };
  if (fstatSync(fd).size === 0) end(0);
  return end;
}
