import { SystemdError } from '../errors.js';
import { escapeAt, type Escape } from './escapes.js';
import { isWhitespace } from './lines.js';

/** A word, and where what follows it begins. */
interface Word {
  readonly text: string;
  readonly next: number;
}

/** What a backslash and what follows it stand for; the index is that behind the backslash. */
type Unescape = (value: string, index: number, quoted: boolean) => Escape;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The words of a value that systemd unquotes with C escapes, as command lines. Specifiers and variables stay as they
 * are; a backslash before anything that is no escape stays, too, as systemd leaves it.
 * @throws SystemdError `SYSTEMD_QUOTES` for a quote that is never closed; systemd then ignores the line.
 */
export function splitWords(value: string): readonly string[] {
  return [...wordsOf(value)];
}

/**
 * The words of a value in which a backslash does no more than take the next character as it is: ReadWritePaths= and its
 * like, RequiresMountsFor=. A leading `-` or `+` belongs to the word.
 * @throws SystemdError `SYSTEMD_QUOTES` for a quote that is never closed, or a backslash at the end.
 */
export function splitPaths(value: string): readonly string[] {
  return [...wordsOf(value, plainEscape)];
}

/** The words one after the other: those before an error are systemd's, too, in some settings. */
export function* wordsOf(value: string, unescape: Unescape = cEscape): Generator<string> {
  let at = 0;
  for (let word; (word = wordAt(value, at, unescape)) !== undefined; at = word.next) yield word.text;
}

/** The word at or behind an index; undefined where there is none left. */
export function wordAt(value: string, from: number, unescape: Unescape = cEscape): Word | undefined {
  let at = skip(value, from);
  if (at === value.length) return undefined;
  const bytes: number[] = [];
  let quote = '';

  while (at < value.length) {
    const char = charAt(value, at);
    at += char.length;
    if (char === '\\') {
      const escape = unescape(value, at, quote !== '');
      bytes.push(...escape.bytes);
      at += escape.length;
    } else if (char === quote) {
      quote = '';
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
    } else if (quote === '' && isWhitespace(char)) {
      break;
    } else {
      bytes.push(...encoder.encode(char));
    }
  }
  if (quote !== '') throw openQuote(value);
  return { text: decoder.decode(Uint8Array.from(bytes)), next: skip(value, at) };
}

function cEscape(value: string, index: number, quoted: boolean): Escape {
  if (index === value.length && quoted) throw openQuote(value);
  const escape = escapeAt(value, index);
  if (escape !== undefined) return escape;
  // Even white space behind the backslash then belongs to the word.
  const char = charAt(value, index);
  return { bytes: encoder.encode(`\\${char}`), length: char.length };
}

/** For Environment= and its like, where systemd drops the word and what follows it. */
export function strictEscape(value: string, index: number): Escape {
  const escape = escapeAt(value, index);
  if (escape !== undefined) return escape;
  throw new SystemdError('SYSTEMD_QUOTES', `\\${charAt(value, index)} is no escape: ${value}`, {
    hint: 'double a backslash that is meant as such',
  });
}

function plainEscape(value: string, index: number): Escape {
  const char = charAt(value, index);
  if (char === '') throw openQuote(value);
  return { bytes: encoder.encode(char), length: char.length };
}

/** The character at an index, of two code units where it needs them; empty at the end. */
function charAt(value: string, index: number): string {
  const point = value.codePointAt(index);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function skip(value: string, from: number): number {
  let at = from;
  while (isWhitespace(value.charAt(at))) at += 1;
  return at;
}

function openQuote(value: string): SystemdError {
  return new SystemdError('SYSTEMD_QUOTES', `a quote is opened and never closed, or a backslash ends it: ${value}`, {
    hint: 'close the quote; a quote or a backslash that is meant as such needs a backslash before it',
  });
}
