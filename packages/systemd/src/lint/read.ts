import { commandOf, hasAnother } from '../parse/command.js';
import type { Command } from '../parse/command.js';
import { splitPaths, splitWords } from '../parse/words.js';

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    // A quote that is never closed: systemd ignores the line, and a rule says so.
    return undefined;
  }
}

/** Words by systemd's rules; undefined where a quote is never closed. */
export const wordsOf = (value: string): readonly string[] | undefined => readable(() => splitWords(value));

/** Paths by systemd's rules; none where a quote is never closed. */
export const pathsOf = (value: string): readonly string[] => readable(() => splitPaths(value)) ?? [];

/** A command by systemd's rules; undefined where a quote is never closed, or nothing is there. */
export function readCommand(value: string): Command | undefined {
  const command = readable(() => commandOf(value));
  return command?.argv.length === 0 ? undefined : command;
}

/** Whether a setting has more than one command; not where a quote is never closed. */
export const isSeveral = (value: string): boolean => readable(() => hasAnother(value)) ?? false;

/** systemd's booleans. */
export const isYes = (value: string | undefined): boolean => /^(?:1|yes|y|true|t|on)$/i.test(value ?? '');

/** The last part of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
