import { isWhitespace } from './lines.js';
import { wordAt } from './words.js';

/** A command of an Exec setting. */
export interface Command {
  /** The prefixes before the program, in the order in which they stand: of `-`, `@`, `+`, `!` and `:`. */
  readonly flags: string;
  /** The program, then its arguments; under `@` the name that the program is told comes second. Empty for a reset. */
  readonly argv: readonly string[];
}

/**
 * The command of an Exec setting, unquoted; of several, parted by `;`, the first. Specifiers and variables stay.
 * @throws SystemdError `SYSTEMD_QUOTES` for a quote that is never closed; systemd then ignores the line.
 */
export function commandOf(value: string): Command {
  return firstOf(value).command;
}

/** Whether an Exec setting has another command behind the first, which a `;` parts from it. Throws as `commandOf`. */
export function hasAnother(value: string): boolean {
  const { next } = firstOf(value);
  return next < value.length && wordAt(value, next + 1) !== undefined;
}

/** The first command, and where it ends: the index of its `;`, or the length of the value. */
function firstOf(value: string): { readonly command: Command; readonly next: number } {
  const first = wordAt(value, 0);
  if (first === undefined) return { command: { flags: '', argv: [] }, next: value.length };
  const flags = /^[-@+!:]*/.exec(first.text)?.[0] ?? '';

  const argv = [first.text.slice(flags.length)];
  let at = first.next;
  while (at < value.length && !isSemicolon(value, at)) {
    // Only so can a lone semicolon be an argument without quotes.
    if (value.charAt(at) === '\\' && isSemicolon(value, at + 1)) {
      argv.push(';');
      at += 2;
      while (isWhitespace(value.charAt(at))) at += 1;
      continue;
    }
    const word = wordAt(value, at);
    if (word === undefined) break;
    argv.push(word.text);
    at = word.next;
  }
  return { command: { flags, argv }, next: at };
}

function isSemicolon(value: string, at: number): boolean {
  return value.charAt(at) === ';' && (at + 1 === value.length || isWhitespace(value.charAt(at + 1)));
}
