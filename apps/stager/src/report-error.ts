import { StagerError } from './errors.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { printable } from './output.js';

/** An error in the parts that an operator reads, and the code to end with. */
export interface Explanation {
  readonly what: string;
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
}

/** What went wrong, why, what to do; a stack only for what is a bug of ours. */
export function explain(error: unknown): Explanation {
  if (error instanceof StagerError) {
    const { message, reason, hint, exitCode } = error;
    return { what: message, why: reason, hint, exitCode };
  }
  const exitCode = isPackageError(error) ? exitCodeFor(error.code) : undefined;
  if (exitCode !== undefined && isPackageError(error)) {
    const { message, cause, hint } = error;
    const why = cause instanceof Error && !message.includes(cause.message) ? cause.message : undefined;
    return { what: message, why, hint, exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const what = `this is a bug of chainvisor-stager, please report it\n${stack}`;
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
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** undefined for a code that no package of ours has. */
function exitCodeFor(code: string): ExitCode | undefined {
  if (transient.has(code)) return exitCodes.network;
  return particular[code] ?? byPackage[/^[A-Z]+/.exec(code)?.[0] ?? ''];
}

const byPackage: Readonly<Record<string, ExitCode>> = {
  CONFIG: exitCodes.config,
  LAYOUT: exitCodes.disk,
  PLAN: exitCodes.source,
  FETCHER: exitCodes.source,
  STAGING: exitCodes.source,
  BINARY: exitCodes.disk,
  RUNNER: exitCodes.disk,
};

/** Where the package alone does not tell. */
const particular: Readonly<Record<string, ExitCode>> = {
  LAYOUT_HOME_INVALID: exitCodes.config,
  LAYOUT_DAEMON_INVALID: exitCodes.config,
  FETCHER_PROXY_INVALID: exitCodes.config,
  FETCHER_WRITE_FAILED: exitCodes.disk,
  FETCHER_DESTINATION_EXISTS: exitCodes.disk,
  FETCHER_OPTION_INVALID: exitCodes.bug,
  STAGING_WILL_NOT_RUN: exitCodes.binary,
  STAGING_OTHER_VERSION: exitCodes.binary,
  STAGING_IO_FAILED: exitCodes.disk,
};

/** What another run may get past. */
const transient = new Set([
  'FETCHER_NOT_FOUND',
  'FETCHER_STATUS',
  'FETCHER_NETWORK',
  'FETCHER_STALLED',
  'FETCHER_TIMEOUT',
  'FETCHER_RANGE_WRONG',
  'FETCHER_REDIRECT_REFUSED',
]);

/** Whether what was thrown may pass by itself: a server or the network failed. What is not there is an answer. */
export function isTransient(error: unknown): boolean {
  return isPackageError(error) && error.code !== 'FETCHER_NOT_FOUND' && transient.has(error.code);
}
