import type { Draft, Rule } from '../rule.js';
import { setTo } from '../rule.js';
import { setting } from '../subject.js';
import { isShort, mendedTimeout, stopSeconds } from '../timeout-change.js';
import { timeoutOf } from '../times.js';

const KILL_MODES: Readonly<Record<string, readonly ['error' | 'warning', string]>> = {
  mixed: ['warning', 'where chainvisor itself ends by accident, systemd kills the node by SIGKILL at once'],
  process: [
    'error',
    'the node outlives chainvisor: two nodes on one home, and blocks signed unsupervised, may be what comes of it',
  ],
  none: ['error', 'nothing is stopped: the node outlives the service, with its databases open and its key in use'],
};

/** Which signal stops the node, and who gets it. */
export const kill: Rule = (subject) => {
  const drafts: Draft[] = [];
  for (const key of ['KillSignal', 'RestartKillSignal']) {
    const entry = setting(subject, key);
    const name = entry?.value.replace(/^SIG/, '') ?? 'TERM';
    if (entry === undefined || name === 'TERM' || name === '15') continue;
    const isInterrupt = name === 'INT' || name === '2';
    drafts.push({
      code: 'KILL_SIGNAL',
      level: isInterrupt ? 'warning' : 'error',
      at: entry,
      what: `${key}=${entry.value}`,
      why: isInterrupt
        ? "it is a terminal's: pre-upgrade scripts and helpers started in the background ignore it; cosmovisor left its node behind"
        : 'a node closes its databases on SIGTERM and SIGINT only: anything else ends it in the midst of a write',
      mend: `${key}=SIGTERM`,
      changes: [setTo(entry, 'SIGTERM')],
    });
  }
  const mode = setting(subject, 'KillMode');
  const saying = KILL_MODES[mode?.value ?? ''];
  if (mode !== undefined && saying !== undefined) {
    drafts.push({
      code: 'KILL_MODE',
      level: saying[0],
      at: mode,
      what: `KillMode=${mode.value}`,
      why: saying[1],
      mend: 'KillMode=control-group',
      changes: [setTo(mode, 'control-group')],
    });
  }
  return drafts;
};

/** How long a stop may take. */
export const stopTime: Rule = (subject) => {
  if (!isShort(subject)) return [];
  const { entry, ms } = timeoutOf(subject, 'TimeoutStopSec');
  return [
    {
      code: 'TIMEOUT_STOP',
      level: ms < subject.graceMs ? 'error' : 'warning',
      at: entry,
      what: `a stop may take ${ms / 1000} s${entry === undefined ? ", which is systemd's default" : ''}`,
      why: `the node alone is given ${subject.graceMs / 1000} s; then systemd kills it by SIGKILL, and its databases may be damaged`,
      mend: `TimeoutStopSec=${stopSeconds(subject)}`,
      changes: [mendedTimeout(subject, 'TimeoutStopSec')],
    },
  ];
};
