import { printable, writeTo } from '@chainvisor/report';

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
