import { excerpt } from './excerpt.js';
import { stringEnd } from './json-members.js';

type Mistake = readonly [pattern: RegExp, mistake: string];

/** What people get wrong, as it shows at the beginning of the text. */
const AT_THE_START: readonly Mistake[] = [
  [/^["'\u2018-\u201f]binaries/i, 'the braces around it are missing'],
  [/^["'`\u2018-\u201f]\s*[[{]/, 'it stands in quotes'],
  [/^\[/, 'it is a list'],
  [/^[^["'`{\u2018-\u201f]/, 'there is text before it'],
];

/** The same, as it shows in what remains when the strings are taken out. */
const BETWEEN_STRINGS: readonly Mistake[] = [
  [/'/, 'single quotes stand where double quotes must'],
  [/[\u2018-\u201f]/, 'typographic quotes stand where plain ones must'],
  [/,\s*[}\]]/, 'a comma stands before a closing bracket'],
  [/\/[/*]/, 'it has a comment'],
];

/**
 * Why a text that is meant as a JSON object is none: the mistakes that people make, else what the parser said. One
 * printable line.
 */
export function diagnose(text: string, error: unknown): string {
  const bare = withoutStrings(text);
  const found = [
    ...AT_THE_START.filter(([pattern]) => pattern.test(text)),
    ...BETWEEN_STRINGS.filter(([pattern]) => pattern.test(bare)),
  ].map(([, mistake]) => mistake);
  if (bare.endsWith('"') || count(bare, /[[{]/g) > count(bare, /[\]}]/g)) found.push('it is cut short');
  if (found.length === 0 && error instanceof Error) found.push(excerpt(error.message));
  return `it is no JSON object: ${found.join('; ')}`;
}

/** The text without its strings; one that is not closed leaves its opening quote, at the end. */
function withoutStrings(text: string): string {
  let bare = '';
  for (let from = 0; from < text.length;) {
    const start = text.indexOf('"', from);
    if (start === -1) return bare + text.slice(from);
    bare += text.slice(from, start);
    const end = stringEnd(text, start);
    if (end === text.length) return `${bare}"`;
    from = end + 1;
  }
  return bare;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
