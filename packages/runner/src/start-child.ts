import { overseeSession, type RunningChild } from './session-child.js';
import type { ChildOptions, GroupOptions } from './options.js';
import { spawnChild } from './spawn.js';

/**
 * Starts a program that is to be supervised: it leads a session and a process group of its own, so that a terminal's
 * Ctrl-C reaches it only through us, and its three streams are ours, untouched. Resolves when it is executing.
 *
 * @throws RunnerError RUNNER_START_FAILED when it cannot be executed; the cause has the system's code.
 */
export async function startChild(options: ChildOptions & GroupOptions): Promise<RunningChild> {
  const spawned = await spawnChild(options, { detached: true, streams: ['inherit', 'inherit', 'inherit'] });
  return overseeSession(spawned, options);
}
