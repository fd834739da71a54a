/** systemd's white space: nothing else is stripped, or parts words. */
const WHITESPACE = ' \t\n\r';

/** NUL ends a line, and so does any order of one CR and one LF. */
export const LINE_END = /(?:\r\n|\n\r|\r|\n)?\0|\r\n|\n\r|\r|\n/;

/** The lines of a file, without their ends, as systemd counts them; a missing end of the last one changes nothing. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(LINE_END);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The text without the white space around it. */
export function strip(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isWhitespace(text.charAt(from))) from += 1;
  while (to > from && isWhitespace(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

export function isWhitespace(char: string): boolean {
  return char !== '' && WHITESPACE.includes(char);
}
