const MS = 1;
const SECOND = 1000 * MS;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds of each unit. A prefix of another stands behind it: the first that fits is taken. */
const UNITS: readonly (readonly [string, number])[] = [
  ...each(['seconds', 'second', 'sec', 's'], SECOND),
  ...each(['minutes', 'minute', 'min'], MINUTE),
  ...each(['months', 'month', 'M'], 2_629_800 * SECOND),
  ...each(['msec', 'ms'], MS),
  ...each(['m'], MINUTE),
  ...each(['hours', 'hour', 'hr', 'h'], HOUR),
  ...each(['days', 'day', 'd'], DAY),
  ...each(['weeks', 'week', 'w'], 7 * DAY),
  ...each(['years', 'year', 'y'], 31_557_600 * SECOND),
  ...each(['usec', 'us', '\u03bcs', '\u00b5s'], MS / 1000),
];

/** 2^64 microseconds are no time span for systemd. */
const LIMIT = 2 ** 64 / 1000;

/**
 * A time span in ms, by systemd.time(7): `90`, `1min 30s`, `1.5h`; Infinity for `infinity`, undefined for what is none.
 * A lone number counts seconds. That 0 means no limit in some settings (TimeoutStartSec=, TimeoutStopSec=) is theirs.
 */
export function parseTimeSpan(text: string): number | undefined {
  if (/^[ \t\n\r]*infinity[ \t\n\r]*$/.test(text)) return Infinity;
  let rest = text;
  let total: number | undefined;

  while ((rest = rest.replace(/^[ \t\n\r]+/, '')) !== '') {
    const number = /^(?:\+?\d+(?:\.\d+)?|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) return undefined;
    const behind = rest.slice(number.length);
    const space = /^[ \t\n\r]*/.exec(behind)?.[0] ?? '';
    const unit = UNITS.find(([name]) => behind.startsWith(name, space.length));
    // Two numbers are parted by a unit or by white space, if by nothing more.
    if (unit === undefined && space === '' && behind !== '') return undefined;

    total = (total ?? 0) + Number(number) * (unit?.[1] ?? SECOND);
    rest = behind.slice(space.length + (unit?.[0].length ?? 0));
  }
  return total !== undefined && total < LIMIT ? total : undefined;
}

function each(names: readonly string[], ms: number): (readonly [string, number])[] {
  return names.map((name) => [name, ms]);
}
