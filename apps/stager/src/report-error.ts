import { explainError, type ExplainRules, type Explanation } from '@chainvisor/report';
import { exitCodes, type ExitCode } from './exit-codes.js';

/** What went wrong, why, what to do; a stack only for what is a bug of ours. */
export function explain(error: unknown): Explanation {
  return explainError(error, rules);
}

/** The same as data, so that whoever reads a command's data gets some where it fails. */
export function errorJson({ what, why, hint, exitCode }: Explanation): object {
  return { error: { what, why: why ?? null, do: hint ?? null, exit: exitCode } };
}

const rules: ExplainRules = {
  program: 'chainvisor-stager',
  exitCodeOf: exitCodeFor,
  bug: exitCodes.bug,
};

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
  // What this machine refuses; what no unit can carry stands below.
  SYSTEMD: exitCodes.disk,
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
  SYSTEMD_QUOTES: exitCodes.config,
  SYSTEMD_TEXT: exitCodes.config,
  SYSTEMD_PATH: exitCodes.config,
  SYSTEMD_NAME: exitCodes.config,
  SYSTEMD_NUMBER: exitCodes.config,
  SYSTEMD_HOST_NAME_INVALID: exitCodes.usage,
  SYSTEMD_HOST_USER_MISSING: exitCodes.config,
  SYSTEMD_HOST_PROGRAM_TEMPORARY: exitCodes.config,
  SYSTEMD_HOST_OTHER_HOME: exitCodes.config,
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
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code !== 'FETCHER_NOT_FOUND' && transient.has(code);
}
