/** The deepest nesting that Go's `encoding/json` reads. */
const MAX_DEPTH = 10_000;

/** How every object begins; the parser refuses anything else at once. */
const BEGINNING = /^[ \t\r\n]*\{[ \t\r\n]*["}]/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/** One member of the outermost object: its name, decoded, and the exact source text of its value. */
export interface Member {
  readonly key: string;
  readonly source: string;
}

/**
 * Reads one JSON object and lists its members in the order in which they are written, repeated names included, each
 * value as its source text. `JSON.parse` alone loses that order, the repetitions and the digits of a number.
 *
 * Throws a SyntaxError for anything that is not one whole JSON object nested at most 10 000 deep.
 */
export function readMembers(text: string): Member[] {
  // Before the parse: this walk refuses hostile nesting in a few milliseconds and without memory.
  const marks = BEGINNING.test(text) ? outerMarks(text) : [];
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('not a JSON object');

  const members: Member[] = [];
  for (let i = 0; i + 2 < marks.length; i += 2) {
    // '{' or ',' name ':' value, then ',' or '}'
    const [start, colon, end] = [marks[i] ?? 0, marks[i + 1] ?? 0, marks[i + 2] ?? 0];
    const key = JSON.parse(text.slice(start + 1, colon)) as string;
    members.push({ key, source: text.slice(colon + 1, end).trim() });
  }
  return members;
}

/** Positions of the outermost object's brace, colons and commas, and closing brace, in order. Text may be invalid. */
function outerMarks(text: string): number[] {
  const marks: number[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = stringEnd(text, at);
      continue;
    }
    const bracket = char | 0x20; // '[' and '{', ']' and '}' differ in this bit alone
    if (bracket === 0x7b) {
      if (depth++ === 0) marks.push(at);
      if (depth > MAX_DEPTH) throw new SyntaxError(`nested more than ${MAX_DEPTH} deep`);
    } else if (bracket === 0x7d) {
      if (--depth === 0) marks.push(at);
    } else if (depth === 1 && (char === COMMA || char === COLON)) {
      marks.push(at);
    }
  }
  return marks;
}

/** Position of the quote that ends the string begun at `start`; the end of the text where none does. */
export function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
