import type { ChildProcess } from 'node:child_process';

import { execa } from 'execa';

import type { ChildOptions } from './options.js';
import { assertExecutableFormat, startFailure } from './start-failure.js';

export interface Spawned {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The same moment on performance.now()'s clock. */
  readonly startedClock: number;
}

export interface SpawnManner {
  /** True: the leader of a session and group of its own. */
  readonly detached: boolean;
  readonly streams: readonly ['inherit' | 'ignore', 'inherit' | 'pipe', 'inherit' | 'pipe'];
}

/**
 * Starts a program. Resolves when it really is executing: libuv waits for execve(2) in the child and reports its failure
 * at once. The caller must add its listeners before it waits for anything else.
 */
export async function spawnChild(options: ChildOptions, manner: SpawnManner): Promise<Spawned> {
  assertExecutableFormat(options);
  const startedAt = Date.now();
  const startedClock = performance.now();
  const child = callExeca(options, manner);
  if (child.pid === undefined) {
    const { cause } = await child;
    throw startFailure(options, cause);
  }
  // With `reject: false` this never rejects; if it ever did, that must not take the supervisor down beside a live node.
  child.catch(() => undefined);
  return { process: child.nodeChildProcess, pid: child.pid, startedAt, startedClock };
}

function callExeca(options: ChildOptions, manner: SpawnManner) {
  try {
    return execa(options.file, options.args, {
      // A descriptor's number is passed on as it is, which execa's types only know for the first three.
      stdio: [...manner.streams, ...((options.inherit ?? []) as unknown as readonly 'ignore'[])],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env,
      detached: manner.detached,
      extendEnv: false,
      preferLocal: false,
      // Our caller decides when the child ends: not our own exit, and not a default of five seconds after SIGTERM.
      cleanup: false,
      forceKillAfterDelay: false,
      reject: false,
      // execa must not touch the streams: what is read, is read by us, with a limit that does not kill.
      buffer: false,
      // Otherwise NODE_DEBUG=execa makes it write to our stderr.
      verbose: 'none',
    } as const);
  } catch (error) {
    throw startFailure(options, error);
  }
}
