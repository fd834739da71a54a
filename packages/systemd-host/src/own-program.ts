import { realpathSync } from 'node:fs';
import type { Account } from './accounts.js';
import { HostError, readFailed } from './errors.js';
import type { Ourselves } from './ourselves.js';
import { barTo } from './reach.js';
import { isBelow } from './writable-paths.js';

/** What a unit starts. */
export interface OwnProgram {
  /** Absolute paths: the node that runs us and our file, or the program that the operator has named. */
  readonly exec: readonly string[];
  /** What may keep it from starting one day; one line each. */
  readonly warnings: readonly string[];
}

/** What decides it. */
export interface OwnProgramOptions {
  /** How this process was started: see `ourselves`. */
  readonly ourselves: Pick<Ourselves, 'node' | 'script'>;
  /** What the operator wants started instead; an absolute path. */
  readonly exec: string | undefined;
  /** The user that the unit runs as, where that is known. */
  readonly account: Pick<Account, 'name' | 'uid' | 'gid'> | undefined;
}

/** Emptied at a boot, by age, or with a session. */
const temporary = ['/tmp', '/var/tmp', '/run', '/dev/shm', '/proc'];
/** What `npx`, `pnpm dlx` and `bunx` fetch for one run. */
const fetched = /\/(?:_npx|dlx|dlx-[^/]*|bunx-[^/]*)\//;
/** Tools that keep one directory for each version of node, or of a package, and remove the old ones. */
const versioned = /\/(?:\.nvm|\.fnm|fnm|\.volta|\.asdf|\.nodenv|\.n|mise|n|Cellar|\.pnpm)\/|\/\.local\/share\/fnm\//;

/**
 * What a unit is to start so that it starts after the next boot too: absolute paths, as systemd has neither the PATH nor
 * the version manager of a shell.
 *
 * @throws HostError `SYSTEMD_HOST_PROGRAM_TEMPORARY`, `SYSTEMD_HOST_READ_FAILED`
 */
export function ownProgram({ ourselves: { node, script }, exec, account }: OwnProgramOptions): OwnProgram {
  const paths = exec === undefined ? [node, real(script)] : [exec];
  for (const path of paths) refuseTemporary(path);
  return { exec: paths, warnings: paths.flatMap((path) => warningsOf(path, account)) };
}

function refuseTemporary(path: string): void {
  const directory = temporary.find((each) => isBelow(path, each));
  if (directory === undefined && !fetched.test(path)) return;
  const why = directory === undefined ? 'in a cache of npx or pnpm dlx' : `below ${directory}`;
  throw new HostError('SYSTEMD_HOST_PROGRAM_TEMPORARY', `${path} lies ${why} and will be gone when it is started`, {
    hint: 'install it where it stays (npm install --global, as root) and run this from there, or name the program by --exec',
  });
}

function warningsOf(path: string, account: OwnProgramOptions['account']): readonly string[] {
  const bar = account === undefined ? undefined : barTo(path, account);
  return [
    ...(bar === undefined || account === undefined
      ? []
      : [
          `${account.name} may not execute ${path}, for the rights of ${bar}: install node and chainvisor for all users (in /usr/local), or name another program by --exec`,
        ]),
    ...(versioned.test(path)
      ? [
          `${path} belongs to one version and goes away with the next: install for all users (in /usr/local), or write the unit anew after each update`,
        ]
      : isBelow(path, '/home') || isBelow(path, '/root')
        ? [`${path} lies in a user's home: whoever can write there decides what the validator runs`]
        : []),
  ];
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw readFailed(`cannot find our own program ${path}`, error);
  }
}
