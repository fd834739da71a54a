import { CliError } from './errors.js';
import { exitCodes } from './exit-codes.js';
import { printable } from './log/printable.js';

/** An error in the parts that an operator reads, and the code to end with. */
export interface Explanation {
  readonly what: string;
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/** What went wrong, why, what to do; a stack only for what is a bug of ours. */
export function explain(error: unknown): Explanation {
  if (error instanceof CliError) {
    const { message, reason, hint, exitCode } = error;
    return { what: message, why: reason, hint, exitCode };
  }
  if (isPackageError(error)) {
    const { message, cause, hint, code } = error;
    const why = cause instanceof Error && !message.includes(cause.message) ? cause.message : undefined;
    return { what: message, why, hint, exitCode: exitCodeFor(code) };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const what = `this is a bug of chainvisor, please report it\n${stack}`;
  return { what, why: undefined, hint: undefined, exitCode: exitCodes.bug };
}

/** The explanation as text: one line what, one line why, one line what to do. */
export function asText({ what, why, hint }: Explanation): string {
  const lines = [`Error: ${shown(what)}`];
  if (why !== undefined) lines.push(...indent('why', why));
  if (hint !== undefined) lines.push(...indent('do', hint));
  return lines.join('\n');
}

/** The lines of a text are its author's; whatever else drives a terminal is not. */
function shown(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function indent(label: string, text: string): string[] {
  const lines = shown(text).split('\n');
  return lines.map((line, index) => (index === 0 ? `  ${label}: ${line}` : `       ${line}`));
}

interface PackageError extends Error {
  readonly code: string;
  readonly hint?: string;
}

/** The errors of our packages carry an upper-snake code that begins with the word of their package. */
function isPackageError(error: unknown): error is PackageError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^(PLAN|LAYOUT|CONFIG|INFO|POLL|RUNNER|FETCHER|STAGING|BINARY)_/.test(error.code)
  );
}

function exitCodeFor(code: string): number {
  if (code.startsWith('CONFIG_')) return exitCodes.config;
  if (code === 'RUNNER_WILL_NOT_DIE' || code === 'RUNNER_SIGNAL_REFUSED') return exitCodes.willNotDie;
  if (code === 'RUNNER_HOME_LOCKED' || code === 'RUNNER_HOME_HELD') return exitCodes.locked;
  if (code === 'RUNNER_LOCK_DENIED') return exitCodes.disk;
  if (code.startsWith('RUNNER_') || code === 'LAYOUT_NOT_RUNNABLE') return exitCodes.binary;
  if (/^(?:FETCHER|STAGING|BINARY)_/.test(code)) return exitCodes.upgradeBinary;
  if (code.startsWith('PLAN_')) return exitCodes.upgrade;
  return exitCodes.disk;
}
