import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ioFailed } from './errors.js';

/** The SHA-256 of a file, lower-case hex. Throws StagingError `STAGING_IO_FAILED`. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw ioFailed(`cannot read ${path}`, error);
  }
  return hash.digest('hex');
}
