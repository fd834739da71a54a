import { crc32c } from './crc32c.js';
import { openRegularFile } from './regular-file.js';
import { endHeightOf } from './wal-message.js';

/** Before the data of each record: its CRC-32C and its length, both as four bytes, big endian. */
const HEAD_BYTES = 8;
/** `maxMsgSizeBytes` of CometBFT's consensus/wal.go: what it would not write is no record. */
const MAX_DATA_BYTES = 1024 * 1024 + 24;
/** Holds any record, and leaves room enough that each read brings something. */
const BUFFER_BYTES = HEAD_BYTES + MAX_DATA_BYTES + 256 * 1024;
/** CometBFT looks every five seconds whether a file has reached 10 MB. What grew far beyond is read no further. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

interface Records {
  /** The last EndHeight among them. */
  readonly height: number | undefined;
  /** How many bytes the whole records have. */
  readonly length: number;
  /** What follows can be no record, however much more is read. */
  readonly broken: boolean;
}

/** Every checksum counts, not only that of an EndHeight: after a wrong length, a transaction's bytes could pass for a record. */
function readRecords(bytes: Buffer): Records {
  let height: number | undefined;
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const length = bytes.readUInt32BE(at + 4);
    // Zeros that a power loss left would else be a record: the checksum of nothing is zero.
    if (length === 0 || length > MAX_DATA_BYTES) return { height, length: at, broken: true };
    const end = at + HEAD_BYTES + length;
    if (end > bytes.length) break;
    const data = bytes.subarray(at + HEAD_BYTES, end);
    if (crc32c(data) !== bytes.readUInt32BE(at)) return { height, length: at, broken: true };
    height = endHeightOf(data) ?? height;
    at = end;
  }
  return { height, length: at, broken: false };
}

/**
 * The last EndHeight in one file of the consensus log. Reading ends at the first torn or corrupt record, at an error, or
 * after 64 MiB; what was found before counts. Undefined where nothing was; never throws.
 */
export async function lastEndHeight(file: string): Promise<number | undefined> {
  let height: number | undefined;
  try {
    const handle = await openRegularFile(file);
    try {
      const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
      let filled = 0;
      for (let read = 0; read < MAX_FILE_BYTES;) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled);
        if (bytesRead === 0) break;
        read += bytesRead;
        filled += bytesRead;
        const records = readRecords(buffer.subarray(0, filled));
        height = records.height ?? height;
        if (records.broken) break;
        buffer.copyWithin(0, records.length, filled);
        filled -= records.length;
      }
    } finally {
      await handle.close();
    }
  } catch {
    return height;
  }
  return height;
}
