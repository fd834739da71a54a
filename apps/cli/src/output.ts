import { printable, writeTo } from '@chainvisor/report';

/** A command's result: text on stdout, with a newline at its end. */
export function print(text: string): void {
  writeTo(1, `${text}\n`);
}

/** What a command warns of, on stderr, where its result has no place for it. */
export function warn(warnings: readonly string[]): void {
  for (const warning of warnings) writeTo(2, `warning: ${printable(warning)}\n`);
}
