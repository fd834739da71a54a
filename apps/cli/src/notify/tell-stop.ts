import type { Operator } from '../supervise/operator.js';
import type { Notifier } from './notifier.js';
import { type NamedUpgrade, stopText } from './texts.js';

/** Tells of the operator's wish for an end as soon as it is known. */
export function tellStop(
  notifier: Notifier,
  operator: Pick<Operator, 'stop' | 'asked' | 'failure'>,
  unverified: () => NamedUpgrade | undefined,
): void {
  const tell = () => {
    const by = operator.failure() === undefined ? operator.asked() : undefined;
    notifier.stopping(stopText(by ?? 'a bug', unverified()));
  };
  if (operator.stop.aborted) tell();
  else operator.stop.addEventListener('abort', tell, { once: true });
}
