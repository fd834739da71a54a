import { SystemdError } from '../errors.js';
import { notText } from '../parse/escapes.js';
import { endsInBackslash } from '../parse/logical-lines.js';

/** A text in which `%i`, `%h` … are meant: systemd puts in what they stand for, and `%%` is a percent sign. */
export interface SpecifierText {
  readonly specifiers: string;
}

/** A text that is to arrive as it is, or one with specifiers. */
export type UnitText = string | SpecifierText;

/** A text in which systemd is to put in what `%i` (the instance of a template), `%h` … stand for. */
export function withSpecifiers(text: string): SpecifierText {
  return { specifiers: text };
}

/** The text as it is written, before any percent sign is doubled. */
export function writtenText(text: UnitText): string {
  return typeof text === 'string' ? text : text.specifiers;
}

/**
 * A value that is one text to the end of its line: Description=.
 * @throws SystemdError `SYSTEMD_TEXT` for more than a line, or what is no text.
 */
export function oneLine(setting: string, text: UnitText): string {
  const value = doubled(setting, text);
  if (/[\n\r]/.test(value)) throw lineEnd(setting, text);
  // A backslash at the end would make the next line a part of this one; systemd strips the space, but not what it ends.
  return endsInBackslash(value) ? `${value} ` : value;
}

/**
 * A word of a setting that systemd unquotes with C escapes: an argument, an assignment.
 * @throws SystemdError `SYSTEMD_TEXT` for what is no text.
 */
export function cWord(setting: string, text: UnitText): string {
  const value = doubled(setting, text);
  if (/^[\w./:=@,+%-]+$/.test(value)) return value;
  // eslint-disable-next-line no-control-regex
  return `"${value.replace(/[\\"\u0000-\u001f\u007f]/g, cEscaped)}"`;
}

/**
 * A word of a setting in which systemd knows no escape but a backslash before what is to stay: ReadWritePaths=.
 * @throws SystemdError `SYSTEMD_TEXT` for a line end, or what is no text.
 */
export function plainWord(setting: string, text: UnitText): string {
  const value = doubled(setting, text);
  if (/[\n\r]/.test(value)) throw lineEnd(setting, text);
  return /^[\w./:=@,+%-]+$/.test(value) ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** Refuses what no unit and no environment file can carry: NUL, half a surrogate pair, Unicode's noncharacters. */
export function checkText(setting: string, text: string): void {
  const point = notText(text);
  if (point === undefined) return;
  const name = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  throw new SystemdError('SYSTEMD_TEXT', `${setting}= cannot carry ${name}: ${JSON.stringify(text)}`, {
    hint: 'systemd takes UTF-8 text without NUL only: use another value',
  });
}

function doubled(setting: string, text: UnitText): string {
  checkText(setting, writtenText(text));
  return typeof text === 'string' ? text.replaceAll('%', '%%') : text.specifiers;
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', '"': '\\"' };

function cEscaped(char: string): string {
  return NAMED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function lineEnd(setting: string, text: UnitText): SystemdError {
  return new SystemdError('SYSTEMD_TEXT', `${setting}= cannot carry a line end: ${JSON.stringify(writtenText(text))}`, {
    hint: 'use a text of one line',
  });
}
