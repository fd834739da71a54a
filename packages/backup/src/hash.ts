import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { throwIfAborted } from './errors.js';

const PIECE = 1024 * 1024;

/** The SHA-256 of a file, hexadecimal. Rejects with the system's error, or BackupError `BACKUP_ABORTED`. */
export async function sha256Of(
  path: Buffer,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  try {
    const piece = Buffer.allocUnsafeSlow(PIECE);
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(piece, 0, PIECE);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
      onBytes(bytesRead);
    }
  } finally {
    await file.close();
  }
}
