import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Where the programs of a system lie, whatever PATH says: that of cron and of systemd is short. */
const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The directories of a PATH, then the usual ones; relative entries, which depend on the working directory, left out. */
export function searchPath(path: string | undefined): readonly string[] {
  const named = (path ?? '').split(':').filter((each) => isAbsolute(each));
  return [...new Set([...named, ...usual])];
}

/** The path of a program, looked up in `path` (as of PATH) and then where programs usually lie; undefined where it is not there. */
export function findProgram(name: string, path?: string): string | undefined {
  return searchPath(path)
    .map((directory) => join(directory, name))
    .find(isProgram);
}

/** The path of `systemd-notify`, by which a service without datagram sockets speaks to systemd; undefined where it is not there. */
export function notifyProgram(path?: string): string | undefined {
  return findProgram('systemd-notify', path);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
