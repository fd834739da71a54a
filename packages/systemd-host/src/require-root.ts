import { HostError } from './errors.js';
import { ourselves } from './ourselves.js';

/**
 * Throws HostError `SYSTEMD_HOST_NOT_ROOT`, with the line to type instead, unless this is root. `variables` are the names of
 * those that the command reads.
 */
export function requireRoot(variables: readonly string[]): void {
  const user = process.geteuid?.();
  if (user === 0) return;
  const { node, script, args } = ourselves();
  const line = sudoLine([node, script, ...args], variables.toSorted());
  throw new HostError('SYSTEMD_HOST_NOT_ROOT', `only root can write units, and this is user ${user ?? 'unknown'}`, {
    hint: `${line}\nor look first, by --dry-run, which needs no root`,
  });
}

/**
 * The command line that does as root what this process was asked for: sudo passes neither the PATH of a version manager nor
 * the environment on by itself, so the program has its whole path and the variables are named.
 */
function sudoLine(command: readonly string[], variables: readonly string[]): string {
  const kept = variables.length === 0 ? [] : [`--preserve-env=${variables.join(',')}`];
  return ['sudo', ...kept, ...command].map(shellWord).join(' ');
}

/** A text as one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
