import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const LIMIT = 1024 * 1024;

/**
 * The text of a regular file of at most 1 MiB.
 * @throws what the operating system reports, or an Error where it is no such file.
 */
export async function readSmallFile(file: string): Promise<string> {
  // Non-blocking: a named pipe in the file's place must not hold a thread for ever.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`${file} is not a regular file`);
    if (stats.size > LIMIT) throw new Error(`${file} has more than 1 MiB`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
