import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { throwIfAborted } from './errors.js';

const run = promisify(execFile);

/** ext2 to ext4, XFS, btrfs: there syncfs(2) writes out all of it, to the disk itself. With others it may do less. */
const THOROUGH = [0xef53, 0x58465342, 0x9123683e];

/**
 * Writes out the whole file system that a directory is on, as one step: for thousands of small files a small part of the
 * time that it takes one by one. Node has no syncfs(2), so it is sync(1) that calls it.
 *
 * Resolves to false where that would promise less than an fsync of each file: another file system, a kernel that does not
 * tell syncfs(2) of failed writes (before 5.8), another sync than GNU's (one ignores such errors, one the option), and where
 * it failed. Throws BackupError `BACKUP_ABORTED`.
 */
export async function syncFileSystem(directory: string, signal: AbortSignal | undefined): Promise<boolean> {
  if (!isAtLeast(release(), 5, 8)) return false;
  try {
    if (!THOROUGH.includes((await statfs(directory)).type)) return false;
    const options = signal === undefined ? {} : { signal };
    const { stdout } = await run('sync', ['--version'], options);
    const version = /^sync \(GNU coreutils\) (\d+\.\d+)/.exec(stdout)?.[1];
    if (version === undefined || !isAtLeast(version, 8, 24)) return false;
    await run('sync', ['-f', directory], options);
    return true;
  } catch {
    throwIfAborted(signal);
    return false;
  }
}

function isAtLeast(version: string, wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
