import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

import { takeHomeLock, type HomeLock, type RunningChild } from '../../src/index.js';
import { env, isAlive, lineOf, program, type Sandbox } from './sandbox.js';

/** What the supervisor fixture says. */
export interface Said {
  readonly pid: number;
  readonly taken: boolean;
  readonly child: number;
  readonly code?: string;
  readonly message: string;
  readonly hint: string;
  readonly warnings: readonly string[];
}

export interface Home {
  /** `.chainvisor` of the home. */
  readonly dir: string;
  readonly file: (name: string) => string;
  readonly inode: (name: string) => bigint;
  /** Takes the home in this process; given back after the test at the latest. */
  take(overrides?: { env?: Readonly<Record<string, string>> }): Promise<HomeLock>;
  /** The warnings of all that were taken in this process. */
  readonly warnings: readonly string[];
  /** Starts a supervisor in a process of its own. */
  supervisor(name: string, script?: string, environment?: Readonly<Record<string, string>>): Promise<RunningChild>;
  /** What it said. */
  said(name: string): Promise<Said>;
  /** A supervisor that has started a script and was then killed, so that what it started lives on. */
  orphan(script: string, environment?: Readonly<Record<string, string>>): Promise<Said>;
  /** To be killed after the test, whatever it is by then. */
  straggler(pid: number): void;
}

/** A home in the sandbox of a test. */
export function useHome(box: Sandbox): Home {
  let taken: HomeLock[] = [];
  let stragglers: number[] = [];
  let warnings: string[] = [];
  beforeEach(() => {
    [taken, stragglers, warnings] = [[], [], []];
    mkdirSync(box.path('cosmovisor'));
  });
  afterEach(() => {
    for (const lock of taken) lock.release();
    for (const pid of stragglers.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  const home: Home = {
    get dir() {
      return box.path('cosmovisor/.chainvisor');
    },
    get warnings() {
      return warnings;
    },
    file: (name) => join(home.dir, name),
    inode: (name) => statSync(home.file(name), { bigint: true }).ino,
    async take(overrides = {}) {
      const lock = await takeHomeLock({
        dir: home.dir,
        directories: { supervisor: box.path('cosmovisor'), children: box.dir },
        command: 'this test',
        env,
        onWarning: (message) => warnings.push(message),
        ...overrides,
      });
      taken.push(lock);
      return lock;
    },
    supervisor: (name, script, environment = env) =>
      box.start({
        ...program('supervisor.js', name, ...(script === undefined ? [] : [script])),
        cwd: box.dir,
        env: environment,
      }),
    said: async (name) => JSON.parse(await lineOf(box.path(name))) as Said,
    async orphan(script, environment = env) {
      const supervisor = await home.supervisor('orphaned', script, environment);
      const said = await home.said('orphaned');
      stragglers.push(said.child);
      process.kill(supervisor.pid, 'SIGKILL');
      await supervisor.ended;
      return said;
    },
    straggler: (pid) => stragglers.push(pid),
  };
  return home;
}

/** Says of a file how many lines it has. */
export function linesIn(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

/** The error of something that must fail. */
export const failureOf = (promise: Promise<unknown>): Promise<Error & { code: string; hint: string }> =>
  promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error as Error & { code: string; hint: string },
  );
