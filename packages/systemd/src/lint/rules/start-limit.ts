import { parseTimeSpan } from '../../parse/time-span.js';
import type { Change, Draft, Rule } from '../rule.js';
import { add, setTo } from '../rule.js';
import { setting } from '../subject.js';
import type { Subject } from '../subject.js';

/** systemd's defaults: RestartSec=, DefaultStartLimitIntervalSec=, DefaultStartLimitBurst=. */
const DEFAULT_DELAY_MS = 100;
const DEFAULT_INTERVAL_MS = 10_000;
const DEFAULT_BURST = 5;

const DAY_MS = 86_400_000;
/** How long is tried in vain before systemd gives up. */
const TRIED_MS = 28_800_000;
/** Less than this, and an operator who is asleep finds a dead unit. */
const SOON_MS = 1_800_000;
const GOOD_DELAY_MS = 30_000;

/** When systemd gives up. */
export const startLimit: Rule = (subject) => {
  const interval = setting(subject, 'StartLimitIntervalSec', 'Unit');
  const bursts = setting(subject, 'StartLimitBurst', 'Unit');
  const delay = setting(subject, 'RestartSec');
  const intervalMs = parseTimeSpan(interval?.value ?? '') ?? DEFAULT_INTERVAL_MS;
  const burst = /^\d+$/.test(bursts?.value ?? '') ? Number(bursts?.value) : DEFAULT_BURST;
  const delayMs = parseTimeSpan(delay?.value ?? '') ?? DEFAULT_DELAY_MS;
  const at = interval ?? bursts ?? delay;

  if (intervalMs === 0 || burst === 0) {
    return [
      {
        code: 'START_LIMIT_OFF',
        level: 'note',
        at,
        what: 'the start limit is switched off',
        why: 'a node that cannot start is started again for ever: it never shows as failed, and no alert on that goes off',
        mend: 'StartLimitIntervalSec=86400 and StartLimitBurst=1000 in [Unit], where that is not what you want',
        changes: [],
      },
    ];
  }
  const changes = mended(subject, delayMs);
  const [span, starts, ...pace] = changes.flatMap(lineOf);
  const mend = [`${span} and ${starts} in [Unit]`, ...pace.map((line) => `${line} in [Service]`)].join(', ');
  const setBy = interval === undefined && bursts === undefined ? ", by systemd's defaults" : '';
  const drafts: Draft[] = [];
  if (burst * delayMs >= intervalMs) {
    drafts.push({
      code: 'START_LIMIT_NEVER',
      level: 'warning',
      at,
      what: `the start limit can never be reached: ${burst} starts take ${(burst * delayMs) / 1000} s at least, and count for ${intervalMs / 1000} s${setBy}`,
      why: 'a broken binary is started again for ever: the unit never shows as failed, and no alert on that goes off',
      mend,
      changes,
    });
  } else if (burst * delayMs < SOON_MS && setting(subject, 'RestartSteps') === undefined) {
    drafts.push({
      code: 'START_LIMIT_SOON',
      level: 'warning',
      at,
      what: `systemd may give up after ${(burst * delayMs) / 1000} s: ${burst} starts within ${intervalMs / 1000} s${setBy}`,
      why: 'where chainvisor waits for a binary that somebody must stage, or for a disk, the unit is dead before anyone looks: it takes `systemctl reset-failed` then',
      mend,
      changes,
    });
  }
  return drafts;
};

/** Eight hours of trying in vain, at the operator's own pace where that makes sense. */
function mended(subject: Subject, delayMs: number): readonly Change[] {
  const delay = setting(subject, 'RestartSec');
  const keeps = delay !== undefined && delayMs >= 1000 && delayMs <= 60_000;
  const pace = keeps ? delayMs : GOOD_DELAY_MS;
  const burst = Math.round(TRIED_MS / pace);
  const put = (section: string, key: string, value: string): Change => {
    const entry = setting(subject, key, section);
    return entry === undefined ? add(section, `${key}=${value}`) : setTo(entry, value);
  };
  return [
    put('Unit', 'StartLimitIntervalSec', String(DAY_MS / 1000)),
    put('Unit', 'StartLimitBurst', String(pace === GOOD_DELAY_MS ? 1000 : burst)),
    ...(keeps ? [] : [put('Service', 'RestartSec', String(GOOD_DELAY_MS / 1000))]),
  ];
}

const lineOf = (change: Change): readonly string[] => ('lines' in change ? change.lines : []);
