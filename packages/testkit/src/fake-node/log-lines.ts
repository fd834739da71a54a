import type { Settings } from './settings.ts';
import type { Write } from './streams.ts';

type Fields = Readonly<Record<string, string | number>>;
export type Log = (level: 'info' | 'error', message: string, fields?: Fields) => void;

const colours = { info: '32', error: '31' } as const;
const shorts = { info: 'INF', error: 'ERR' } as const;
const silencing: Readonly<Record<string, readonly string[]>> = {
  info: ['error', 'warn', 'fatal', 'panic', 'disabled', 'none'],
  error: ['fatal', 'panic', 'disabled', 'none'],
};

function kitchen(now: Date): string {
  const hour = now.getHours();
  return `${hour % 12 || 12}:${String(now.getMinutes()).padStart(2, '0')}${hour < 12 ? 'AM' : 'PM'}`;
}

/** zerolog's console format, coloured also into a pipe. */
function plainLine(level: 'info' | 'error', message: string, fields: Fields, colour: boolean): string {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const tail = Object.entries(fields).map(([key, value]) => {
    const text = String(value);
    const quoted = /^[^\s"\\=]+$/.test(text) ? text : JSON.stringify(text);
    return ` ${paint('36', `${key}=`)}${key === 'err' ? paint('31', quoted) : quoted}`;
  });
  return `${paint('90', kitchen(new Date()))} ${paint(colours[level], shorts[level])} ${message}${tail.join('')}\n`;
}

function jsonLine(level: 'info' | 'error', message: string, fields: Fields): string {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return `${JSON.stringify({ level, ...fields, time, message })}\n`;
}

/** The node's log: stderr up to 0.46, stdout from 0.47 on. */
export function openLog(line: number, settings: Settings, write: Write): Log {
  const fd = line >= 47 ? 1 : 2;
  return (level, message, fields = {}) => {
    if (settings.logFormat === 'quiet' || silencing[level]?.includes(settings.logLevel)) return;
    const text =
      settings.logFormat === 'json'
        ? jsonLine(level, message, fields)
        : plainLine(level, message, fields, settings.colour);
    write(fd, text);
  };
}
