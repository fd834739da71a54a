import { parseTimeSpan } from '../../parse/time-span.js';
import type { UnitEntry } from '../../unit.js';
import { baseName, readCommand } from '../read.js';
import type { Draft, Rule } from '../rule.js';
import { drop } from '../rule.js';
import { settings } from '../subject.js';
import type { Subject } from '../subject.js';
import { startLimitMs } from '../times.js';

const EXECS = ['ExecStart', 'ExecStartPre', 'ExecStartPost', 'ExecReload', 'ExecStop', 'ExecStopPost', 'ExecCondition'];
const SENDERS: ReadonlySet<string> = new Set(['kill', 'pkill', 'killall']);
const WORTH_KNOWING_MS = 10_000;

/** Empty commands that reset nothing. */
export const emptyExecs: Rule = ({ unit }) =>
  unit.entries.flatMap((entry, index): Draft[] => {
    if (entry.value !== '' || !EXECS.includes(entry.key) || entry.section !== 'Service') return [];
    const resets = unit.entries
      .slice(0, index)
      .some((before) => before.section === 'Service' && before.key === entry.key);
    // Of an ExecStart= that is never given, the rule of the command speaks.
    if (resets || entry.key === 'ExecStart') return [];
    return [
      {
        code: 'EXEC_EMPTY',
        level: 'note',
        at: entry,
        what: `an empty ${entry.key}= does nothing`,
        why: 'it takes back what stood before it, and nothing does',
        mend: 'delete the line',
        changes: [drop(entry)],
      },
    ];
  });

/** Commands that send signals of their own. */
export const signalling: Rule = (subject) => [
  ...senders(subject, 'ExecReload').map((entry): Draft => ({
    code: 'EXEC_RELOAD',
    level: 'warning',
    at: entry,
    what: 'ExecReload= sends a signal',
    why: 'a node has nothing to reload: SIGHUP ends it, by `systemctl reload` or whatever calls that',
    mend: 'delete the line',
    changes: [drop(entry)],
  })),
  ...senders(subject, 'ExecStop').map((entry): Draft => {
    const isHarmless = sendsGently(entry);
    return {
      code: 'EXEC_STOP',
      level: isHarmless ? 'note' : 'error',
      at: entry,
      what: 'ExecStop= sends a signal of its own',
      why: isHarmless
        ? 'systemd sends SIGTERM by itself: the node is told twice'
        : 'a node closes its databases on SIGTERM and SIGINT only: anything else ends it in the midst of a write',
      mend: 'delete the line: systemd sends SIGTERM, and chainvisor stops the node',
      changes: [drop(entry)],
    };
  }),
];

/** Whether a command that sends signals sends none but those on which a node closes its databases. */
function sendsGently({ value }: UnitEntry): boolean {
  const words = (readCommand(value)?.argv ?? []).flatMap((word) => word.split(/\s+/));
  return words.every((word, index) => {
    const before = words[index - 1] ?? '';
    const named = /^(?:-s|-n|--signal)$/.test(before) ? word : /^(?:--signal=|-s|-)([A-Z]+\d*|\d+)$/.exec(word)?.[1];
    return named === undefined || /^(?:(?:SIG)?(?:TERM|INT)|15|2)$/.test(named);
  });
}

function senders(subject: Subject, key: string): readonly UnitEntry[] {
  return settings(subject, key).filter(({ value }) =>
    (readCommand(value)?.argv ?? []).some((word) => SENDERS.has(baseName(word.split(/\s/)[0] ?? ''))),
  );
}

/** Commands before the start that only wait. */
export const waiting: Rule = (subject) =>
  settings(subject, 'ExecStartPre').flatMap((entry): Draft[] => {
    const seconds = /(?:^|[\s/"'])sleep\s+["']?([\d.]+[smhd]?)\b/.exec(entry.value)?.[1];
    const ms = seconds === undefined ? undefined : parseTimeSpan(seconds);
    if (ms === undefined || ms < WORTH_KNOWING_MS) return [];
    const never = ms >= startLimitMs(subject);
    return [
      {
        code: 'EXEC_WAITS',
        level: never ? 'error' : 'note',
        at: entry,
        what: `each start waits for ${ms / 1000} s first`,
        why: never
          ? 'that is longer than systemd lets a start take (TimeoutStartSec=): the node never starts'
          : 'each restart, after a crash too, costs that many more seconds of missed blocks',
        mend: 'take it out: chainvisor waits for what it needs itself, and After= orders the boot',
        changes: [],
      },
    ];
  });
