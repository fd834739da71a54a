import { SystemdError } from '../errors.js';
import { entriesOf } from '../merge.js';
import type { Unit, UnitEntry, UnitProblem } from '../unit.js';
import { isVariableName, parseEnvironmentFile } from './environment-file.js';
import { expandSpecifiers, type Specifiers } from './specifiers.js';
import { strictEscape, wordsOf } from './words.js';

/** A variable, and the file and line that set it, as `/etc/systemd/system/palomad.service:12`. */
export interface Variable {
  readonly value: string;
  readonly source: string;
}

/** What a service's process gets from its unit; what systemd adds of its own (PATH, HOME, USER …) is not here. */
export interface UnitEnvironment {
  readonly variables: ReadonlyMap<string, Variable>;
  /** What systemd ignores with a warning. */
  readonly problems: readonly UnitProblem[];
  /** Environment files that are not there, though without `-`: the service does not start. */
  readonly missing: readonly string[];
}

/**
 * The environment of a service by Environment=, then EnvironmentFile=, then UnsetEnvironment=, as systemd has it: files
 * win over the unit, whichever comes first. PassEnvironment= is left out, as only the manager knows its own environment.
 * @param files The text of an environment file, undefined where it is not there. What it is asked for may be a glob.
 * @param specifiers What `%h`, `%i` … stand for; others stay as they are written.
 */
export function environmentOf(
  unit: Unit,
  files: (path: string) => string | undefined,
  specifiers: Specifiers = {},
): UnitEnvironment {
  const variables = new Map<string, Variable>();
  const problems: UnitProblem[] = [];
  const missing: string[] = [];

  for (const [word, entry] of words(unit, 'Environment', specifiers, problems)) {
    const [, key, value] = /^([^=]*)=([^]*)$/.exec(word) ?? [];
    if (key !== undefined && value !== undefined && isVariableName(key)) {
      variables.set(key, { value, source: `${entry.file ?? 'unit'}:${entry.line}` });
    } else {
      problems.push(problemOf(entry, word, 'this is no KEY=value: systemd ignores it'));
    }
  }

  for (const { value } of entriesOf(unit, 'Service', 'EnvironmentFile')) {
    const named = expandSpecifiers(value, specifiers);
    const path = named.replace(/^-/, '');
    const text = files(path);
    if (text === undefined) {
      if (path === named) missing.push(path);
      continue;
    }
    const file = parseEnvironmentFile(text, path);
    problems.push(...file.problems);
    for (const { key, value: set, line } of file.assignments)
      variables.set(key, { value: set, source: `${path}:${line}` });
  }

  for (const [word] of words(unit, 'UnsetEnvironment', specifiers, problems)) {
    const [key = ''] = word.split('=', 1);
    if (key === word || `${key}=${variables.get(key)?.value}` === word) variables.delete(key);
  }
  return { variables, problems, missing };
}

/** The words of a list of assignments; those before an error on the same line count, as systemd has it. */
function* words(
  unit: Unit,
  key: string,
  specifiers: Specifiers,
  problems: UnitProblem[],
): Generator<readonly [string, UnitEntry]> {
  for (const entry of entriesOf(unit, 'Service', key)) {
    try {
      for (const word of wordsOf(entry.value, strictEscape)) yield [expandSpecifiers(word, specifiers), entry];
    } catch (error) {
      if (!(error instanceof SystemdError)) throw error;
      problems.push(problemOf(entry, entry.value, `${error.message}: systemd ignores this word and what follows it`));
    }
  }
}

function problemOf({ file, line }: UnitEntry, text: string, what: string): UnitProblem {
  return { what, text, file, line };
}
