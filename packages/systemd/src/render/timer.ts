import { SystemdError } from '../errors.js';
import { seconds, unitName } from './checks.js';
import { oneLine, type UnitText } from './text.js';

/** A timer, as `renderTimerUnit` writes it. */
export interface TimerUnit {
  readonly description: UnitText;
  /** When, by systemd.time(7): `hourly`, `*-*-* 04:00:00`. Only systemd itself tells whether it is well formed. */
  readonly onCalendar: string;
  /** A random wait of up to so many seconds, so that not all machines ask at the same time. */
  readonly randomizedDelaySec: number;
  /** The unit that it starts; that of the timer's own name, where it is left out. */
  readonly unit?: string;
}

/**
 * The text of a timer's unit.
 * @throws SystemdError for what systemd would refuse, ignore or read otherwise.
 */
export function renderTimerUnit({ description, onCalendar, randomizedDelaySec, unit }: TimerUnit): string {
  if (onCalendar.trim() === '') {
    throw new SystemdError('SYSTEMD_TEXT', 'OnCalendar= is empty: the timer would never start anything', {
      hint: 'give a time, as hourly; see systemd-analyze calendar',
    });
  }
  const lines = [
    '[Unit]',
    `Description=${oneLine('Description', description)}`,
    '',
    '[Timer]',
    `OnCalendar=${oneLine('OnCalendar', onCalendar)}`,
    '# Not all machines at the same time.',
    `RandomizedDelaySec=${seconds('RandomizedDelaySec', randomizedDelaySec * 1000)}`,
    '# What was missed while the machine was off is made up for.',
    'Persistent=yes',
    ...(unit === undefined ? [] : [`Unit=${unitName('Unit', unit)}`]),
    '',
    '[Install]',
    'WantedBy=timers.target',
  ];
  return `${lines.join('\n')}\n`;
}
