import { wholeNumber } from './shape.js';

interface Field {
  readonly number: number;
  /** Undefined for numbers of fixed size: nothing that is looked for has any. */
  readonly value: number | Uint8Array | undefined;
}

interface Varint {
  readonly value: number;
  readonly end: number;
}

const MAX_VARINT_BYTES = 10;

function varint(bytes: Uint8Array, start: number): Varint {
  let value = 0;
  for (let at = 0; at < MAX_VARINT_BYTES; at += 1) {
    const byte = bytes[start + at];
    if (byte === undefined) break;
    // Not shifted: heights have 64 bits. Beyond 2^53 the sum is rounded and no longer a safe integer.
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { value, end: start + at + 1 };
  }
  throw new RangeError('not a whole varint');
}

function content(message: Uint8Array, wireType: number, start: number): { value: Field['value']; end: number } {
  if (wireType === 0) return varint(message, start);
  if (wireType === 1) return { value: undefined, end: start + 8 };
  if (wireType === 5) return { value: undefined, end: start + 4 };
  if (wireType !== 2) throw new RangeError(`wire type ${wireType}`);
  const length = varint(message, start);
  const end = length.end + length.value;
  return { value: message.subarray(length.end, end), end };
}

/** The last field of a protobuf message that has one of these numbers: protobuf lets the last one win. */
function lastField(message: Uint8Array, numbers: readonly number[]): Field | undefined {
  let last: Field | undefined;
  for (let at = 0; at < message.length;) {
    const tag = varint(message, at);
    const number = Math.floor(tag.value / 8);
    const { value, end } = content(message, tag.value % 8, tag.end);
    if (end > message.length) throw new RangeError('the field is longer than its message');
    if (numbers.includes(number)) last = { number, value };
    at = end;
  }
  return last;
}

// Field numbers of tendermint/consensus/wal.proto, the same in CometBFT 1.0's cometbft/consensus/v1/wal.proto.
const TIMED_MESSAGE = 2;
const END_HEIGHT = 4;
const KINDS: readonly number[] = [1, 2, 3, END_HEIGHT];
const HEIGHT = 1;

/**
 * The height of a `TimedWALMessage` that holds an `EndHeight`. Undefined for every other message, for a height that is
 * negative or beyond 2^53 - 1, and for bytes that are no message; never throws.
 */
export function endHeightOf(data: Uint8Array): number | undefined {
  try {
    const message = lastField(data, [TIMED_MESSAGE])?.value;
    if (!(message instanceof Uint8Array)) return undefined;
    const kind = lastField(message, KINDS);
    if (kind?.number !== END_HEIGHT || !(kind.value instanceof Uint8Array)) return undefined;
    const height = lastField(kind.value, [HEIGHT]);
    // Protobuf leaves out a number that is zero.
    return height === undefined ? 0 : wholeNumber(height.value);
  } catch {
    return undefined;
  }
}
