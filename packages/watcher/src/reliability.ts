import { lstatSync, statfsSync } from 'node:fs';

// Linux file systems of this machine alone, where every change passes through this kernel and so through inotify.
// Overlay, NFS, FUSE, 9p and all that is not listed here may change without an event.
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
]);

/** Why events about the directory's entries may not come, or undefined where they do. */
export function doubtAboutDirectory(directory: string): string | undefined {
  if (process.platform !== 'linux') return `events are not relied on on ${process.platform}`;
  try {
    // A 32-bit file system type may arrive sign-extended.
    const type = statfsSync(directory).type >>> 0;
    return LOCAL_FILE_SYSTEMS.has(type)
      ? undefined
      : `its file system (type 0x${type.toString(16)}) may change without an event`;
  } catch {
    return 'its file system is unknown';
  }
}

/**
 * Why changes of this one file may not be seen by watching its directory, or undefined where they are: a file that is
 * written through a symbolic or a second hard link raises its events in another directory.
 */
export function doubtAboutFile(file: string): string | undefined {
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true) return `${file} is a symbolic link`;
    if (stats?.isFile() === true && stats.nlink > 1) return `${file} has more than one hard link`;
    return undefined;
  } catch {
    return undefined;
  }
}
