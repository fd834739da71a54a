import type { UnitEntry } from '../../unit.js';
import type { Change, Draft, Rule } from '../rule.js';
import { add, setTo } from '../rule.js';
import { listOf, setting, settings } from '../subject.js';
import type { Subject } from '../subject.js';

/** systemd's names of exit codes, as far as chainvisor has them. */
const STATUS_NAMES: Readonly<Record<string, number>> = {
  USAGE: 64,
  DATAERR: 65,
  NOINPUT: 66,
  NOUSER: 67,
  NOHOST: 68,
  UNAVAILABLE: 69,
  SOFTWARE: 70,
  OSERR: 71,
  OSFILE: 72,
  CANTCREAT: 73,
  IOERR: 74,
  TEMPFAIL: 75,
  PROTOCOL: 76,
  NOPERM: 77,
  CONFIG: 78,
};

const IS_WRONG: ReadonlySet<string> = new Set(['no', 'on-success', 'on-abnormal', 'on-abort', 'on-watchdog']);

/** Whether systemd starts the node again. */
export const restart: Rule = (subject) => {
  const entry = setting(subject, 'Restart');
  const value = entry?.value ?? 'no';
  const endsAfterUpgrade = subject.variables.get('DAEMON_RESTART_AFTER_UPGRADE')?.value === 'false';
  const right = endsAfterUpgrade ? 'on-failure' : 'always';
  const changes: readonly Change[] = [entry === undefined ? add('Service', `Restart=${right}`) : setTo(entry, right)];
  const mend = `Restart=${right}`;

  if (IS_WRONG.has(value)) {
    const what = entry === undefined ? 'no Restart=: nothing starts the node again' : `Restart=${value}`;
    const why = 'after a crash, or where chainvisor waits for a binary that is not there yet, the validator stays down';
    return [{ code: 'RESTART', level: 'error', at: entry, what, why, mend, changes }];
  }
  if (!endsAfterUpgrade || value !== 'always') return [];
  return [
    {
      code: 'RESTART_AFTER_UPGRADE',
      level: 'warning',
      at: entry,
      what: 'Restart=always with DAEMON_RESTART_AFTER_UPGRADE=false',
      why: 'chainvisor ends after an upgrade, as told, and systemd starts the new binary all the same, unlooked at',
      mend,
      changes,
    },
  ];
};

/** Which exit codes are final, and which are no failure. */
export const exitStatus: Rule = (subject) => {
  const { preventRestart = [], success = [] } = subject.context;
  const prevented = missing(subject, 'RestartPreventExitStatus', preventRestart);
  const fine = missing(subject, 'SuccessExitStatus', success);
  const drafts: Draft[] = [];
  if (prevented !== undefined) {
    drafts.push({
      code: 'RESTART_PREVENT',
      level: 'warning',
      at: prevented.entry,
      what: `systemd starts the node again after exit code ${prevented.codes.join(', ')}`,
      why: "chainvisor ends so where no restart helps: bad settings, or a validator's state that may sign twice; the reason is drowned in repeats",
      mend: prevented.line,
      changes: [prevented.change],
    });
  }
  if (fine !== undefined) {
    drafts.push({
      code: 'SUCCESS_STATUS',
      level: 'note',
      at: fine.entry,
      what: `a stop that was asked for is a failure to systemd: exit code ${fine.codes.join(', ')}`,
      why: 'after `systemctl stop` the unit shows as failed, and alerts go off',
      mend: fine.line,
      changes: [fine.change],
    });
  }
  return drafts;
};

interface Missing {
  readonly entry: UnitEntry | undefined;
  readonly codes: readonly number[];
  readonly line: string;
  readonly change: Change;
}

function missing(subject: Subject, key: string, wanted: readonly number[]): Missing | undefined {
  const given = listOf(subject, key).map((word) => STATUS_NAMES[word.replace(/^EX_/, '')] ?? Number(word));
  const codes = wanted.filter((code) => !given.includes(code));
  if (codes.length === 0) return undefined;
  const entry = settings(subject, key).at(-1);
  const value = [...(entry === undefined ? [] : [entry.value]), ...codes].join(' ');
  const change = entry === undefined ? add('Service', `${key}=${value}`) : setTo(entry, value);
  return { entry, codes, line: `${key}=${value}`, change };
}
