import { printable } from '@chainvisor/report';
import { formatTime, type TimeFormat } from './time-format.js';

/** What a line may carry besides its message. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the supervisor says what it does. One line a call. */
export interface Log {
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  readonly error: (message: string, fields?: Fields) => void;
}

/** How lines look and whether there are any. */
export interface LogOptions {
  readonly format: 'text' | 'json';
  readonly color: boolean;
  readonly timeFormat: TimeFormat | undefined;
  /** COSMOVISOR_DISABLE_LOGS: nothing is logged; a fatal error is still reported. */
  readonly disabled: boolean;
  readonly write: (line: string) => void;
}

const levels = {
  info: { short: 'INF', color: '\u001b[32m' },
  warn: { short: 'WRN', color: '\u001b[33m' },
  error: { short: 'ERR', color: '\u001b[31m' },
} as const;

/** A log of `<time> <level> <message> key=value …` lines, or of one JSON object a line. */
export function createLog(options: LogOptions): Log {
  const line = (level: keyof typeof levels, message: string, fields: Fields = {}) => {
    if (options.disabled) return;
    options.write(`${options.format === 'json' ? json(level, message, fields) : text(level, message, fields)}\n`);
  };
  const json = (level: keyof typeof levels, message: string, fields: Fields) =>
    printable(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields, module: 'chainvisor' }));
  const text = (level: keyof typeof levels, message: string, fields: Fields) => {
    const { short, color } = levels[level];
    const time = formatTime(new Date(), options.timeFormat);
    const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
    const told = pairs.map(([key, value]) => `${paint(key + '=', '\u001b[36m')}${quote(String(value))}`);
    return [time, paint(short, color), printable(message), ...told].filter((part) => part !== '').join(' ');
  };
  const paint = (word: string, color: string) => (options.color ? `${color}${word}\u001b[0m` : word);
  return {
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields) => line('error', message, fields),
  };
}

function quote(value: string): string {
  return /^[^\s"=\p{Cc}\p{Cf}]+$/u.test(value) ? value : printable(JSON.stringify(value));
}
