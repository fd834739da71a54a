import type { Ending, RunningChild } from '@chainvisor/runner';
import type { Context } from './context.js';

/** The operator's signals, relayed to the node for as long as it is ours to watch. */
export interface Relayed {
  readonly signals: ReadonlySet<NodeJS.Signals>;
  readonly end: () => void;
}

/** Relays what comes from now on, and what came while the node was being started (invariant A9). */
export function relayTo({ operator, log }: Context, child: RunningChild): Relayed {
  const signals = new Set<NodeJS.Signals>();
  const relay = (signal: NodeJS.Signals) => {
    log.info('signal relayed to the node', { signal, pid: child.pid });
    signals.add(signal);
    child.relay(signal);
  };
  const end = operator.direct(relay);
  // One that came while the node was being started found nobody to go to. SIGHUP asked us for an end, not the node.
  const missed = operator.asked();
  if (missed !== undefined) relay(missed === 'SIGHUP' ? 'SIGTERM' : missed);
  return { signals, end };
}

/** Only a signal that asks for an end, or the very signal that ended it, makes an ending the operator's. */
export function endedBy({ operator }: Context, { signals }: Relayed, ending: Ending): 'itself' | 'operator' {
  return operator.stop.aborted || (ending.signal !== undefined && signals.has(ending.signal)) ? 'operator' : 'itself';
}
