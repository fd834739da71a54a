import type { FileReply } from './types.ts';

/** The bytes of a file, not copied: it may be large. */
export function bytesOf(file: string | Uint8Array | FileReply): Buffer {
  if (typeof file === 'string') return Buffer.from(file);
  return file instanceof Uint8Array ? Buffer.from(file.buffer, file.byteOffset, file.length) : bytesOf(file.body);
}
