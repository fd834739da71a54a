import { RunnerError } from './errors.js';
import { describeProcess } from './process-stat.js';
import { isRefused } from './session.js';

/** Milliseconds that a process may take to die of SIGKILL, where the caller names no other time. */
export const DEATH_TIMEOUT = 30_000;

/** The error for processes that SIGKILL did not end in time. */
export function willNotDie(pids: readonly number[]): RunnerError {
  const names = pids.map((pid) => `${describeProcess(pid)}${isRefused(pid) ? ' of another user' : ''}`).join(', ');
  return new RunnerError('RUNNER_WILL_NOT_DIE', `still there after SIGKILL: ${names}`, {
    hint: 'nothing else may use its files until it is gone: look at its user, disk, network mounts and tracers, or reboot',
  });
}
