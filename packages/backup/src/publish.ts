import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, writeFailed } from './errors.js';
import { exists, fsyncPath } from './files.js';

/**
 * Gives a finished directory its name: the wanted one, or with `-2`, `-3`, … where something has it. One rename, which
 * can replace nothing but an empty directory; on disk when it resolves to the name.
 *
 * Throws BackupError `BACKUP_WRITE_FAILED`.
 */
export async function publish(parent: string, temporary: string, wanted: string): Promise<string> {
  try {
    for (let n = 1; ; n++) {
      const name = n === 1 ? wanted : `${wanted}-${n}`;
      if (await exists(join(parent, name))) continue;
      try {
        await rename(join(parent, temporary), join(parent, name));
      } catch (error) {
        // Another one took the name just now.
        if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(errno(error) ?? '')) continue;
        throw error;
      }
      await fsyncPath(parent);
      return name;
    }
  } catch (error) {
    throw writeFailed(`cannot give the backup its name in ${parent}`, error);
  }
}
