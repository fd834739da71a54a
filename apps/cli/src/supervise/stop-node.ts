import { describeEnding, type Ending, type RunningChild } from '@chainvisor/runner';
import type { Context } from './context.js';

/** Step 2: SIGTERM, the grace, SIGKILL, and the wait for death (invariant A3). Throws RunnerError where it will not die. */
export async function stopNode({ settings, log, notifier, operator }: Context, child: RunningChild): Promise<Ending> {
  const grace = settings.shutdownGrace;
  notifier.status('stopping the node');
  log.info('stopping the node', { pid: child.pid, grace: `${grace}ms` });
  const undirect = operator.direct((signal) => child.relay(signal));
  try {
    const ending = await child.stop({
      grace,
      onOverdue: () =>
        log.warn('the node did not stop within its grace: killing it', { pid: child.pid, grace: `${grace}ms` }),
    });
    log.info('node stopped', { pid: child.pid, how: describeEnding(ending) });
    return ending;
  } finally {
    undirect();
  }
}
