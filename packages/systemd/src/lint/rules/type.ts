import { parseTimeSpan } from '../../parse/time-span.js';
import type { Draft, Rule } from '../rule.js';
import { add, drop, setTo } from '../rule.js';
import { isNotify } from '../service.js';
import { setting, settings } from '../subject.js';
import { mendedTimeout } from '../timeout-change.js';
import { timeoutOf } from '../times.js';

const WRONG: Readonly<Record<string, string>> = {
  forking:
    'chainvisor stays in the foreground: systemd waits for it to leave, and kills the node when TimeoutStartSec= is over',
  oneshot: 'the service counts as starting for as long as the node runs, and systemd refuses Restart=always with it',
  dbus: 'systemd waits for a name on the bus that never comes, and kills the node when TimeoutStartSec= is over',
  'notify-reload': 'systemd asks for a reload by SIGHUP, which ends the node',
};

/** What systemd takes for a service that has started. */
export const type: Rule = (subject) => {
  const entry = setting(subject, 'Type');
  const value = entry?.value ?? 'simple';
  const wrong = WRONG[value];
  if (wrong !== undefined && entry !== undefined) {
    const right = value === 'notify-reload' ? 'notify' : 'exec';
    // systemd takes several commands for oneshot only, and refuses the unit otherwise: which is to stay, the operator knows.
    const isSeveral = value === 'oneshot' && settings(subject, 'ExecStart').length > 1;
    return [
      {
        code: 'TYPE',
        level: 'error',
        at: entry,
        what: `Type=${value}`,
        why: wrong,
        mend: isSeveral ? `Type=${right}, and of several ExecStart= the one that starts chainvisor` : `Type=${right}`,
        changes: isSeveral ? [] : [setTo(entry, right)],
      },
    ];
  }
  if (value !== 'simple' && value !== 'idle') return [];
  return [
    {
      code: 'TYPE',
      level: 'note',
      at: entry,
      what: entry === undefined ? 'no Type=: it is simple' : `Type=${value}`,
      why: '`systemctl start` says that all is well even where the program cannot be run at all',
      mend: 'Type=exec; or Type=notify, with NotifyAccess=all and TimeoutStartSec=infinity',
      changes: [entry === undefined ? add('Service', 'Type=exec') : setTo(entry, 'exec')],
    },
  ];
};

/** What Type=notify needs besides. */
export const notify: Rule = (subject) => {
  const drafts: Draft[] = [];
  if (isNotify(subject)) {
    const access = setting(subject, 'NotifyAccess');
    if (access?.value !== 'all') {
      drafts.push({
        code: 'NOTIFY_ACCESS',
        level: 'error',
        at: access,
        what: access === undefined ? 'Type=notify without NotifyAccess=all' : `NotifyAccess=${access.value}`,
        why: "chainvisor's word comes from systemd-notify, which is neither the main process nor one that systemd started: it is not heard, and systemd kills the node when TimeoutStartSec= is over",
        mend: 'NotifyAccess=all',
        changes: [access === undefined ? add('Service', 'NotifyAccess=all') : setTo(access, 'all')],
      });
    }
    const { entry, ms } = timeoutOf(subject, 'TimeoutStartSec');
    if (ms !== Infinity) {
      drafts.push({
        code: 'TIMEOUT_START',
        level: 'warning',
        at: entry,
        what: `with Type=notify the start may take ${ms / 1000} s`,
        why: 'a backup or one lost message, and systemd kills a node that is well; chainvisor bounds its own waits',
        mend: 'TimeoutStartSec=infinity',
        changes: [mendedTimeout(subject, 'TimeoutStartSec')],
      });
    }
  }
  const watchdog = setting(subject, 'WatchdogSec');
  const watchdogMs = watchdog === undefined ? 0 : parseTimeSpan(watchdog.value);
  if (watchdog !== undefined && watchdogMs !== 0 && watchdogMs !== undefined && watchdogMs !== Infinity) {
    drafts.push({
      code: 'WATCHDOG',
      level: 'error',
      at: watchdog,
      what: 'WatchdogSec= is set',
      why: 'chainvisor sends no keep-alive: when the time is over systemd sends SIGABRT, to the node too, with its databases open',
      mend: 'delete the line',
      changes: [drop(watchdog)],
    });
  }
  return drafts;
};
