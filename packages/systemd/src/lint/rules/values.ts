import { parseTimeSpan } from '../../parse/time-span.js';
import type { Draft, Rule } from '../rule.js';
import { setTo } from '../rule.js';

const YES_OR_NO = ['1', '0', 'yes', 'no', 'y', 'n', 'true', 'false', 't', 'f', 'on', 'off'];

const TIMES: ReadonlySet<string> = new Set([
  ...[
    'TimeoutStartSec',
    'TimeoutStopSec',
    'TimeoutSec',
    'TimeoutAbortSec',
    'RestartSec',
    'WatchdogSec',
    'RuntimeMaxSec',
  ],
  ...['StartLimitIntervalSec', 'StartLimitInterval', 'RestartMaxDelaySec'],
]);

/** What systemd takes in settings of which a wrong word is easily missed. */
const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Type', ['simple', 'exec', 'forking', 'oneshot', 'dbus', 'notify', 'notify-reload', 'idle']],
  ['Restart', ['no', 'always', 'on-success', 'on-failure', 'on-abnormal', 'on-abort', 'on-watchdog']],
  ['KillMode', ['control-group', 'mixed', 'process', 'none']],
  ['NotifyAccess', ['none', 'main', 'exec', 'all']],
  ['OOMPolicy', ['continue', 'stop', 'kill']],
  ['ProtectSystem', [...YES_OR_NO, 'full', 'strict']],
  ['ProtectHome', [...YES_OR_NO, 'read-only', 'tmpfs']],
]);

/** Values that systemd cannot read. */
export const unreadableValues: Rule = ({ unit }) =>
  unit.entries.flatMap((entry): Draft[] => {
    const { key, value } = entry;
    if (value === '') return [];
    const words = WORDS.get(key);
    const isWrong = TIMES.has(key)
      ? parseTimeSpan(value) === undefined
      : // Capitals matter in systemd's words, but not in its booleans.
        words !== undefined &&
        !words.includes(value) &&
        !(words.includes('yes') && YES_OR_NO.includes(value.toLowerCase()));
    if (!isWrong) return [];
    return [
      {
        code: 'VALUE_INVALID',
        // What starts the node again is at stake.
        level: key === 'Restart' ? 'error' : 'warning',
        at: entry,
        what: `systemd cannot read ${key}=${value}`,
        why: 'it ignores the line, with a warning in the journal only: its default, or a line before, counts',
        mend: words === undefined ? 'a time as in 300, 5min or infinity' : `one of ${words.join(', ')}`,
        changes: words?.includes(value.toLowerCase()) === true ? [setTo(entry, value.toLowerCase())] : [],
      },
    ];
  });
