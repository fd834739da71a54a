import { chmod, mkdir, readFile, readlink, symlink } from 'node:fs/promises';
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkFile, type Present } from './check-file.js';
import { errno, writeFailed } from './errors.js';
import { syncDirectory, writeWhole } from './files.js';

/** A file to be installed. */
export interface InstallFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Its rights, exactly. */
  readonly mode: number;
  /** The number of its group; undefined leaves it to the system. */
  readonly group?: number | undefined;
}

export interface InstallOptions {
  /** Replaces what is not ours, and keeps it beside as `<path>.before-chainvisor`. */
  readonly force: boolean;
  /** Checks and tells what would be done; changes nothing, and needs no right to. */
  readonly dryRun: boolean;
  /** Whether a text is of a file that we have written. */
  readonly owned: (text: string) => boolean;
}

/** What was done with a file. */
export interface Installed {
  readonly path: string;
  /** `unreadable` in a dry run only: this user may not look whether it would be replaced. */
  readonly did: 'created' | 'replaced' | 'unchanged' | 'unreadable';
  /** Where the file that was there, and was not ours, is now. */
  readonly kept: string | undefined;
}

/**
 * Installs files. All are checked before the first is written; each is then written in one step, so that whatever cuts this
 * off leaves whole files only, and the next run goes on. What is there already as it should be is not touched.
 *
 * @throws HostError `SYSTEMD_HOST_FOREIGN_FILE`, `SYSTEMD_HOST_KEPT_EXISTS`, `SYSTEMD_HOST_READ_FAILED`,
 *   `SYSTEMD_HOST_WRITE_FAILED`
 */
export async function installFiles(
  files: readonly InstallFile[],
  options: InstallOptions,
): Promise<readonly Installed[]> {
  const checked = files.map((file) => ({ file, present: checkFile(file, options) }));
  if (!options.dryRun) {
    for (const { file, present } of checked) await install(file, present);
  }
  return checked.map(({ file: { path }, present }) => ({
    path,
    did: deeds[present.is],
    kept: present.is === 'foreign' ? present.keepAs : undefined,
  }));
}

const deeds = {
  absent: 'created',
  same: 'unchanged',
  unreadable: 'unreadable',
  ours: 'replaced',
  foreign: 'replaced',
} as const;

async function install({ path, text, mode, group }: InstallFile, present: Present): Promise<void> {
  if (present.is === 'same') return;
  try {
    await makeDirectory(dirname(path));
    if (present.is === 'foreign') await keep(path, present.keepAs);
    await writeWhole(path, { bytes: text, mode, group });
  } catch (error) {
    throw writeFailed(`cannot write ${path}`, error);
  }
}

/** For everybody to read, whatever the umask, as all of /etc is: what is secret has rights of its own. */
async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made !== dirname(first); made = dirname(made)) await chmod(made, 0o755);
  await syncDirectory(dirname(first));
}

/** A copy, or the same link; the original stays until it is replaced in one step. */
async function keep(path: string, keepAs: string): Promise<void> {
  const found = lstatSync(path);
  if (!found.isSymbolicLink()) {
    await writeWhole(keepAs, { bytes: await readFile(path), mode: found.mode & 0o7777, group: found.gid });
    return;
  }
  try {
    await symlink(await readlink(path), keepAs);
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
  await syncDirectory(dirname(keepAs));
}
