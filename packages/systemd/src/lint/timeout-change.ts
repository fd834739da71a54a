import type { Change } from './rule.js';
import { add } from './rule.js';
import { isNotify } from './service.js';
import type { Subject } from './subject.js';
import { inSeconds, timeoutOf } from './times.js';

const LEAST_MS = 300_000;
const MARGIN_MS = 120_000;

/** TimeoutStopSec= as it is suggested: the node's grace and what chainvisor does besides, and no less than five minutes. */
export const stopSeconds = ({ graceMs }: Subject): string => inSeconds(Math.max(LEAST_MS, graceMs + MARGIN_MS));

/** The limit of a start or a stop as it should be; TimeoutSec=, which sets both, is parted into the two. */
export function mendedTimeout(subject: Subject, key: 'TimeoutStartSec' | 'TimeoutStopSec'): Change {
  const { entry } = timeoutOf(subject, key);
  const line = key === 'TimeoutStartSec' ? `${key}=infinity` : `${key}=${stopSeconds(subject)}`;
  if (entry === undefined) return add('Service', line);
  if (entry.key === key) return { do: 'set', entry, lines: [line] };

  const start = timeoutOf(subject, 'TimeoutStartSec');
  const stop = timeoutOf(subject, 'TimeoutStopSec');
  const lines = [
    ...(start.entry === entry ? [`TimeoutStartSec=${isNotify(subject) ? 'infinity' : entry.value}`] : []),
    ...(stop.entry === entry ? [`TimeoutStopSec=${isShort(subject) ? stopSeconds(subject) : entry.value}`] : []),
  ];
  return { do: 'set', entry, lines };
}

/** The least that a stop needs beyond the node's grace, in ms. */
const STOP_MARGIN_MS = 60_000;

/** Whether systemd kills a node that is still closing its databases, or chainvisor before it has told of it. */
export const isShort = (subject: Subject): boolean =>
  timeoutOf(subject, 'TimeoutStopSec').ms < subject.graceMs + STOP_MARGIN_MS;
