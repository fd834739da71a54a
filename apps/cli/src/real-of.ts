import { realpath } from 'node:fs/promises';

/** Where a path really leads, links followed; the path itself where that cannot be told. Never rejects. */
export function realOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
