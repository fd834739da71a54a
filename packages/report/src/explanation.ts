import { OperatorError } from './operator-error.js';
import { printable } from './printable.js';

/** An error in the parts that an operator reads, and the code to end with. */
export interface Explanation {
  readonly what: string;
  readonly why: string | undefined;
  /** What to do. */
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/** What a program knows of errors. */
export interface ExplainRules {
  /** Its name, for the report of a bug. */
  readonly program: string;
  /** The exit code for an error of a library, by its `code`; undefined for one that no library of ours has. */
  readonly exitCodeOf: (code: string) => number | undefined;
  /** The exit code for everything else: a bug. */
  readonly bug: number;
}

/** What went wrong, why, what to do, of whatever was thrown; a stack only for what is a bug. */
export function explainError(error: unknown, { program, exitCodeOf, bug }: ExplainRules): Explanation {
  if (error instanceof OperatorError) {
    const { message, reason, hint, exitCode } = error;
    return { what: message, why: reason, hint, exitCode };
  }
  const exitCode = hasCode(error) ? exitCodeOf(error.code) : undefined;
  if (hasCode(error) && exitCode !== undefined) {
    const { message, cause, hint } = error;
    const why = cause instanceof Error && !message.includes(cause.message) ? cause.message : undefined;
    return { what: message, why, hint, exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const what = `this is a bug of ${program}, please report it\n${stack}`;
  return { what, why: undefined, hint: undefined, exitCode: bug };
}

/** An explanation as text: one line what, one line why, one line what to do; further lines of a part are indented. */
export function asText({ what, why, hint }: Explanation): string {
  const lines = [`Error: ${shown(what)}`];
  if (why !== undefined) lines.push(...indent('why', why));
  if (hint !== undefined) lines.push(...indent('do', hint));
  return lines.join('\n');
}

interface LibraryError extends Error {
  readonly code: string;
  readonly hint?: string;
}

function hasCode(error: unknown): error is LibraryError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** The lines of a text are its author's; whatever else drives a terminal is not. */
function shown(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function indent(label: string, text: string): string[] {
  const lines = shown(text).split('\n');
  return lines.map((line, index) => (index === 0 ? `  ${label}: ${line}` : `       ${line}`));
}
