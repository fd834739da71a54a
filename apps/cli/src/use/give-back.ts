import type { Layout } from '@chainvisor/layout';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';

/**
 * What root makes in `.chainvisor` becomes the user's who owns `cosmovisor/`: his supervisor could neither lock nor keep its
 * journal there, and would go on without what the validator has signed. What cannot be given stays: the supervisor warns of it.
 */
export async function giveBack({ root, own }: Layout): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const owner = await stat(root);
  if (owner.uid === 0) return;
  const directory = await opened(own, constants.O_DIRECTORY);
  if (directory === undefined) return;
  try {
    // By the descriptor: the owner may exchange the directory meanwhile.
    const at = `/proc/self/fd/${directory.fd}`;
    for (const name of await readdir(at).catch(() => [])) {
      const file = await opened(`${at}/${name}`, 0);
      if (file === undefined) continue;
      await give(file, owner).finally(() => file.close());
    }
    await give(directory, owner);
  } finally {
    await directory.close();
  }
}

async function opened(path: string, flags: number): Promise<FileHandle | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | flags).catch(() => undefined);
}

async function give(handle: FileHandle, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  const found = await handle.stat();
  // A file with a second name elsewhere may be anything of root's.
  const isOnlyHere = found.isDirectory() || (found.isFile() && found.nlink === 1);
  if (found.uid === 0 && isOnlyHere) await handle.chown(uid, gid).catch(() => undefined);
}
