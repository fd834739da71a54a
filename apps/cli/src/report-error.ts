import { CliError } from './errors.js';
import { exitCodes } from './exit-codes.js';
import { printable } from './log/printable.js';

/** An error as the operator reads it, and the code to end with. */
export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

/** One line what, one line why, one line what to do; a stack only for what is a bug of ours. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof CliError) {
    const lines = [`Error: ${shown(error.message)}`];
    if (error.reason !== undefined) lines.push(...indent('why', error.reason));
    if (error.hint !== undefined) lines.push(...indent('do', error.hint));
    return { text: lines.join('\n'), exitCode: error.exitCode };
  }
  if (isPackageError(error)) {
    const lines = [`Error: ${shown(error.message)}`];
    if (error.cause instanceof Error && !error.message.includes(error.cause.message)) {
      lines.push(...indent('why', error.cause.message));
    }
    if (error.hint !== undefined) lines.push(...indent('do', error.hint));
    return { text: lines.join('\n'), exitCode: exitCodeFor(error.code) };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `Error: this is a bug of chainvisor, please report it\n${stack}`, exitCode: exitCodes.bug };
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

/** The errors of our packages carry an upper-snake code that begins with the package's name. */
function isPackageError(error: unknown): error is PackageError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^(PLAN|LAYOUT|CONFIG|WATCHER|CHAIN|RUNNER)_/.test(error.code)
  );
}

function exitCodeFor(code: string): number {
  if (code.startsWith('CONFIG_')) return exitCodes.config;
  if (code === 'RUNNER_WILL_NOT_DIE') return exitCodes.willNotDie;
  if (code.startsWith('RUNNER_') || code === 'LAYOUT_NOT_RUNNABLE') return exitCodes.binary;
  if (code.startsWith('PLAN_')) return exitCodes.upgrade;
  return exitCodes.disk;
}
