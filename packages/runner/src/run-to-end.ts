import { setTimeout as pause } from 'node:timers/promises';

import { capture } from './capture.js';
import { deferred } from './deferred.js';
import type { Ending } from './ending.js';
import { RunnerError } from './errors.js';
import { overseeSession, type SessionChild } from './session-child.js';
import { timeSpan, type ChildOptions, type GroupOptions } from './options.js';
import { spawnChild, type Spawned } from './spawn.js';
import { tell } from './tell.js';

/** A program that is run to its end, within limits. Remnants that do not die make it fail, so it has no `onStuck`. */
export interface RunOptions extends ChildOptions, Omit<GroupOptions, 'onStuck'> {
  /** Milliseconds until it is asked to end. */
  readonly timeout: number;
  /** Milliseconds between SIGTERM and SIGKILL after the timeout or an abort. Default 5000. */
  readonly grace?: number;
  /** Ends it early. Where it is already aborted, nothing is started. */
  readonly signal?: AbortSignal;
  /** `inherit`: both streams are ours, so that they are shown as they come. `capture`: they are collected. */
  readonly output: 'inherit' | 'capture';
  /** Told its process number once it is executing. */
  readonly onStart?: (pid: number) => void;
  /** How many bytes of each stream are kept, from its beginning; the rest is read and dropped. Default 1 MiB. */
  readonly captureLimit?: number;
}

/** How it ended, and what it said: empty where the streams were inherited. */
export interface RunResult extends Ending {
  readonly stdout: string;
  readonly stderr: string;
  /** True when more was written to a stream than `captureLimit`. */
  readonly truncated: boolean;
}

const GRACE = 5_000;
const CAPTURE_LIMIT = 1024 * 1024;
const DRAIN_TIME = 1_000;

/**
 * Runs a program to its end, in a session of its own and without standard input. Past its time, or on abort, it is ended
 * politely, then by force, with its whole session; the reason is in the result, it is no error. When it ends in time, what
 * it left running in its session is ended as well.
 *
 * @throws RunnerError RUNNER_START_FAILED when it cannot be executed, RUNNER_ABORTED when the signal was already aborted,
 *   and those of {@link RunningChild.stop} when it, or what it left running, cannot be ended.
 */
export async function runToEnd(options: RunOptions): Promise<RunResult> {
  if (options.signal?.aborted === true) {
    throw new RunnerError('RUNNER_ABORTED', `${options.file} was not started: aborted before`, {
      cause: options.signal.reason,
    });
  }
  const limits = {
    timeout: timeSpan('timeout', options.timeout),
    grace: timeSpan('grace', options.grace ?? GRACE),
    capture: options.captureLimit ?? CAPTURE_LIMIT,
  };
  const output = options.output === 'capture' ? 'pipe' : 'inherit';
  const spawned = await spawnChild(options, { detached: true, streams: ['ignore', output, output] });
  const stuck = deferred<never>();
  const child = overseeSession(spawned, { ...options, onStuck: stuck.reject });
  const read = readStreams(spawned, limits.capture);
  if (options.onStart !== undefined) tell(() => options.onStart?.(spawned.pid));
  const ending = await withinLimits(child, stuck.promise, limits, options.signal);
  return { ...ending, ...(await read()) };
}

async function withinLimits(
  child: SessionChild,
  stuck: Promise<never>,
  { timeout, grace }: { timeout: number; grace: number },
  signal: AbortSignal | undefined,
): Promise<Ending> {
  const { promise, resolve, reject } = deferred<Ending>();
  const end = (cause: 'timeout' | 'aborted') => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    child.end(cause, { grace }).then(resolve, reject);
  };
  const onAbort = () => end('aborted');
  const timer = setTimeout(() => end('timeout'), timeout);
  signal?.addEventListener('abort', onAbort);
  void child.ended.then(resolve);
  stuck.catch(reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function readStreams({ process: { stdout, stderr } }: Spawned, limit: number) {
  if (stdout === null || stderr === null) return () => ({ stdout: '', stderr: '', truncated: false });
  const [out, err] = [capture(stdout, limit), capture(stderr, limit)];
  return async () => {
    // Somebody who left the session may keep the pipes open for ever.
    const enough = new AbortController();
    const timeout = pause(DRAIN_TIME, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([Promise.all([out.closed, err.closed]), timeout]);
    enough.abort();
    stdout.destroy();
    stderr.destroy();
    const [a, b] = [out.read(), err.read()];
    return { stdout: a.text, stderr: b.text, truncated: a.truncated || b.truncated };
  };
}
