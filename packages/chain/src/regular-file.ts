import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Opens a regular file for reading; the caller closes it.
 * @throws what the operating system reports, or an Error where it is no such file.
 */
export async function openRegularFile(file: string): Promise<FileHandle> {
  // Non-blocking: a named pipe in the file's place must not hold a thread for ever.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if ((await handle.stat()).isFile()) return handle;
    throw new Error(`${file} is not a regular file`);
  } catch (error) {
    await handle.close();
    throw error;
  }
}
