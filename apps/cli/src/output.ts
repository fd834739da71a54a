import { printable, reasonOf, writeTo } from '@chainvisor/report';
import { CliError } from './errors.js';

/**
 * The result of a command that does nothing else: half of a unit in a file on a full disk is no result. Throws CliError
 * `disk` then.
 */
export function printWhole(text: string): void {
  const error = writeTo(1, `${text}\n`);
  if (error === undefined) return;
  throw new CliError('disk', 'the output could not be written, or only a part of it', {
    reason: reasonOf(error),
    hint: 'free some space, and type this again',
  });
}

/** A command's result: text on stdout, with a newline at its end. */
export function print(text: string): void {
  writeTo(1, `${text}\n`);
}

/** What a command warns of, on stderr, where its result has no place for it. */
export function warn(warnings: readonly string[]): void {
  for (const warning of warnings) writeTo(2, `warning: ${printable(warning)}\n`);
}
