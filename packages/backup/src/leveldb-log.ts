import { open } from 'node:fs/promises';
import { crc32c } from './crc32c.js';

const BLOCK = 32 * 1024;
const HEADER = 7;
/** More than any honest record of a MANIFEST; a larger one is taken for damage. */
const MAX_RECORD = 64 * 1024 * 1024;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4];

/**
 * The records of a file in LevelDB's log format (goleveldb's are the same), up to the first that is torn or damaged: a
 * process that was killed leaves such an end.
 */
export async function* readLog(path: Buffer): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const block = Buffer.allocUnsafe(BLOCK);
    let parts: Buffer[] | undefined;
    for (let position = 0; ; position += BLOCK) {
      const { bytesRead } = await file.read(block, 0, BLOCK, position);
      for (const { type, body } of fragments(block.subarray(0, bytesRead))) {
        if (body === undefined) return;
        if (type === FULL) {
          if (parts !== undefined) return;
          yield body;
        } else if (type === FIRST) {
          if (parts !== undefined) return;
          parts = [Buffer.from(body)];
        } else {
          if (parts === undefined || (type !== MIDDLE && type !== LAST)) return;
          parts.push(Buffer.from(body));
          if (parts.reduce((sum, part) => sum + part.length, 0) > MAX_RECORD) return;
          if (type === LAST) {
            yield Buffer.concat(parts);
            parts = undefined;
          }
        }
      }
      if (bytesRead < BLOCK) return;
    }
  } finally {
    await file.close();
  }
}

/** A fragment without body is a damaged one. */
function* fragments(block: Buffer): Generator<{ type: number; body: Buffer | undefined }> {
  for (let offset = 0; offset + HEADER <= block.length;) {
    const length = block.readUInt16LE(offset + 4);
    const type = block.readUInt8(offset + 6);
    const end = offset + HEADER + length;
    const isWhole =
      end <= block.length && masked(crc32c(block.subarray(offset + 6, end))) === block.readUInt32LE(offset);
    yield { type, body: isWhole ? block.subarray(offset + HEADER, end) : undefined };
    offset = end;
  }
}

const masked = (crc: number): number => ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
