import { binaryIn } from '@chainvisor/layout';
import { type RunningChild, startChild } from '@chainvisor/runner';
import { childEnv } from '../child-env.js';
import { faultPoint } from '../fault-point.js';
import type { Context } from './context.js';
import { targetDir } from './target.js';
import { homeDescriptors } from './home-lock.js';

/**
 * Starts the binary that a target of `current` names. `onStuck` is told what the node left behind that cannot be killed: its
 * end is then never reported. Throws RunnerError RUNNER_START_FAILED.
 */
export function launch(ctx: Context, target: string, onStuck: (error: Error) => void): Promise<RunningChild> {
  const { layout, args, env, log, settings } = ctx;
  const dir = targetDir(layout, target);
  faultPoint('starting');
  return startChild({
    file: binaryIn(layout, dir),
    args,
    env: childEnv(env, dir),
    inherit: homeDescriptors(ctx),
    // What a node leaves behind may be the node itself, behind a shell wrapper: it gets as long.
    remnantGrace: settings.shutdownGrace,
    onStuck,
    onRemnants: (pids) => log.warn('the node left processes behind: ending them', { pids: pids.join(' ') }),
  });
}

/** Puts a node that was just started on record, and says so. */
export function recordStart(
  { layout, args, lock, log, journal }: Context,
  target: string,
  { pid }: RunningChild,
): void {
  const file = binaryIn(layout, targetDir(layout, target));
  lock.started(pid, [file, ...args].join(' '));
  faultPoint('started');
  log.info('node started', { pid, binary: file, args: args.join(' ') });
  void journal.append({ kind: 'started', pid, target });
  faultPoint('start-recorded');
}
