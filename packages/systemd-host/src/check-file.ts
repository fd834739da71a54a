import { accessSync, constants, lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { errno, HostError, isAbsent, readFailed, writeFailed } from './errors.js';
import type { InstallFile, InstallOptions } from './install-files.js';
import { readText } from './read-text.js';

/** What stands at a path that is to be written. */
export type Present =
  | { readonly is: 'absent' | 'same' | 'ours' }
  /** In a dry run only. */
  | { readonly is: 'unreadable' }
  | { readonly is: 'foreign'; readonly keepAs: string };

/**
 * Whether a file can be written, and what is there. Changes nothing.
 *
 * @throws HostError `SYSTEMD_HOST_FOREIGN_FILE`, `SYSTEMD_HOST_KEPT_EXISTS`, `SYSTEMD_HOST_READ_FAILED`,
 *   `SYSTEMD_HOST_WRITE_FAILED`
 */
export function checkFile(file: InstallFile, { force, dryRun, owned }: InstallOptions): Present {
  const found = lookAt(file.path);
  if (!dryRun) checkWritable(file.path);
  if (found === undefined) return { is: 'absent' };
  if (!found.isFile() && !found.isSymbolicLink()) {
    throw new HostError('SYSTEMD_HOST_FOREIGN_FILE', `${file.path} is neither a file nor a link`, {
      hint: 'move it away',
    });
  }
  if (found.isFile()) {
    const text = textOf(file.path, dryRun);
    if (text === undefined) return { is: 'unreadable' };
    const sameOwner = file.group === undefined || found.gid === file.group;
    if (text === file.text && (found.mode & 0o7777) === file.mode && sameOwner) return { is: 'same' };
    if (owned(text)) return { is: 'ours' };
  }
  if (!force) throw foreign(file.path, found);
  return { is: 'foreign', keepAs: keptName(file.path) };
}

function keptName(path: string): string {
  const kept = `${path}.before-chainvisor`;
  const there = lookAt(kept);
  if (there === undefined || isCopy(path, kept)) return kept;
  throw new HostError(
    'SYSTEMD_HOST_KEPT_EXISTS',
    `${kept} is there already, and ${path} should be kept under that name`,
    {
      hint: `move ${kept} away`,
    },
  );
}

/** Whether a run that was cut off has kept it already. */
function isCopy(path: string, kept: string): boolean {
  const [one, other] = [lookAt(path), lookAt(kept)];
  if (one?.isSymbolicLink() === true)
    return other?.isSymbolicLink() === true && readlinkSync(path) === readlinkSync(kept);
  return other?.isFile() === true && readText(path) === readText(kept);
}

function foreign(path: string, found: Stats): HostError {
  const what = found.isSymbolicLink() ? `a link to ${readlinkSync(path)}` : 'not written by this command';
  return new HostError('SYSTEMD_HOST_FOREIGN_FILE', `${path} is there already, and is ${what}`, {
    hint: `look at it; --force replaces it and keeps it as ${path}.before-chainvisor, or choose another name by --name`,
  });
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw readFailed(`cannot look at ${path}`, error);
  }
}

/** undefined for what this user may not read, where that is let pass. */
function textOf(path: string, letPass: boolean): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (letPass && error instanceof HostError && errno(error.cause) === 'EACCES') return undefined;
    throw error;
  }
}

/** Throws unless the directory, or the nearest one above it that is there, takes new names. */
function checkWritable(path: string): void {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    try {
      accessSync(directory, constants.W_OK | constants.X_OK);
      if (lstatSync(directory).isFile())
        throw new HostError('SYSTEMD_HOST_WRITE_FAILED', `${directory} is no directory`);
      return;
    } catch (error) {
      if (errno(error) === 'ENOENT' && directory !== '/') continue;
      throw writeFailed(`cannot write ${path}`, error);
    }
  }
}
