import { openRegularFile } from './regular-file.js';

const LIMIT = 1024 * 1024;

/**
 * The text of a regular file of at most 1 MiB.
 * @throws what the operating system reports, or an Error where it is no such file.
 */
export async function readSmallFile(file: string): Promise<string> {
  const handle = await openRegularFile(file);
  try {
    if ((await handle.stat()).size > LIMIT) throw new Error(`${file} has more than 1 MiB`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
