import type { Readable } from 'node:stream';

/** What was read of a stream. */
export interface Captured {
  readonly text: string;
  readonly truncated: boolean;
}

/**
 * Reads a stream to its end and keeps its first `limit` bytes; the rest is read and dropped, so that the writer never
 * waits for us and is never killed for writing much.
 */
export function capture(stream: Readable, limit: number): { readonly closed: Promise<void>; read(): Captured } {
  const chunks: Buffer[] = [];
  let kept = 0;
  let truncated = false;
  stream.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, Math.max(limit - kept, 0));
    if (part.length > 0) chunks.push(part);
    kept += part.length;
    truncated ||= part.length < chunk.length;
  });
  // A stream that breaks has ended: what it said until then is what there is.
  stream.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  return { closed, read: () => ({ text: Buffer.concat(chunks).toString('utf8'), truncated }) };
}
