import { printable, reasonOf, writeTo } from '@chainvisor/report';
import { StagerError } from './errors.js';

/**
 * The result of a command that does nothing else: half of a unit in a file on a full disk is no result. Throws StagerError
 * `disk` then.
 */
export function printWhole(text: string): void {
  const error = writeTo(1, `${text}\n`);
  if (error === undefined) return;
  throw new StagerError('disk', 'the output could not be written, or only a part of it', {
    reason: reasonOf(error),
    hint: 'free some space, and type this again',
  });
}

/** A command's result: text on stdout, with a newline at its end. */
export function print(text: string): void {
  writeTo(1, `${text}\n`);
}

/** Whether a command line asks for data: also one that cannot be understood otherwise. */
export function wantsJson(args: readonly string[]): boolean {
  return / (?:--output|-[qv]*o)[ =]?json /.test(` ${args.join(' ')} `);
}

/** Data for programs, on one line. */
export function printJson(data: unknown): void {
  print(printable(JSON.stringify(data)));
}
