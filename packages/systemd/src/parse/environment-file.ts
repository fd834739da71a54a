import type { UnitProblem } from '../unit.js';

/** One assignment of an environment file. */
export interface Assignment {
  readonly key: string;
  readonly value: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** What systemd takes from an environment file, and what it ignores. */
export interface EnvironmentFile {
  /** A key may come twice: the last one counts. */
  readonly assignments: readonly Assignment[];
  readonly problems: readonly UnitProblem[];
}

const BLANK = /[ \t\n\r]+/y;
const COMMENT = /[#;][^\n\r]*/y;
// An equals sign that a line begins with is part of the key.
const KEY = /([^\n\r][^=\n\r]*)=/y;
const LINE = /[^\n\r]*/y;

const SPACE = /[ \t]+/y;
const SINGLE = /'([^']*)(?:'|$)/y;
const DOUBLE = /"((?:\\[^]|[^"\\])*)(?:"|\\?$)/y;
// White space at the end of the line is left out, but not before a backslash.
const BARE = /(?:[ \t]*(?:\\[^]?|[^ \t\n\r\\]))+/y;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * An environment file by the rules of systemd.exec(5): the shell's quotes, nothing put in for `$` or `%`, comments only
 * where a line begins. It never throws. A comment that ends in a backslash ends there, as from systemd 254 on.
 * @param file Names the file in problems.
 */
export function parseEnvironmentFile(text: string, file?: string): EnvironmentFile {
  const assignments: Assignment[] = [];
  const problems: UnitProblem[] = [];
  let at = 0;
  let counted = 0;
  let line = 1;

  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };

  while (at < text.length) {
    if (take(BLANK)) continue;
    line += text.slice(counted, at).split('\n').length - 1;
    counted = at;
    const problem = (what: string, about: string): unknown => problems.push({ what, text: about, file, line });

    const comment = take(COMMENT)?.[0];
    if (comment !== undefined) {
      if (/(?:^|[^\\])(?:\\\\)*\\$/.test(comment)) {
        problem('a backslash ends this comment: systemd before 254 takes the next line for a part of it', comment);
      }
      continue;
    }
    const key = take(KEY)?.[1]?.replace(/[ \t]+$/, '');
    if (key === undefined) {
      problem('there is no = in this line: systemd ignores it', take(LINE)?.[0] ?? '');
      continue;
    }
    const value = takeValue(take);
    if (isVariableName(key)) assignments.push({ key, value, line });
    else problem('this is no name of a variable: systemd ignores the assignment', key);
  }
  return { assignments, problems };
}

/** The words up to the end of the line, joined. Only quotes before the first bare word are quotes. */
function takeValue(take: (pattern: RegExp) => RegExpExecArray | undefined): string {
  let value = '';
  for (;;) {
    if (take(SPACE)) continue;
    const single = take(SINGLE)?.[1];
    const double = take(DOUBLE)?.[1];
    if (single === undefined && double === undefined) break;
    value += (single ?? '') + (double ?? '').replace(/\\([^])/g, unescapeQuoted);
  }
  const bare = take(BARE)?.[0] ?? '';
  take(SPACE);
  return value + bare.replace(/\\([^]?)/g, (_, char: string) => (/[\n\r]/.test(char) ? '' : char));
}

function unescapeQuoted(whole: string, char: string): string {
  if (char === '\n') return '';
  return '"\\`$'.includes(char) ? char : whole;
}

/** Whether systemd takes it for the name of a variable. */
export function isVariableName(text: string): boolean {
  return NAME.test(text);
}
