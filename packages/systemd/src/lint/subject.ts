import { entriesOf, lastEntry } from '../merge.js';
import type { Unit, UnitEntry, UnitProblem } from '../unit.js';
import type { Given, LintContext } from './context.js';
import { readEnvironment } from './environment.js';
import type { EnvironmentLine } from './environment.js';
import { asMeant } from './as-meant.js';
import type { Misread } from './as-meant.js';
import { wordsOf } from './read.js';
import { readStart } from './start.js';
import type { Start } from './start.js';

/** A variable, and the Environment= line that gives it; undefined where it comes from elsewhere. */
interface Known {
  readonly value: string;
  readonly line?: EnvironmentLine;
}

/** What the rules look at. */
export interface Subject {
  readonly context: LintContext;
  /** The main file, where it was named. */
  readonly file: string | undefined;
  readonly problems: readonly UnitProblem[];
  /**
   * The unit as it was meant: keys spelt rightly and in their sections. Rules of values look at this one, so that one
   * wrong letter is one finding, and its mend brings a line that is right in all else, too.
   */
  readonly unit: Unit;
  /** The settings of `unit` as the file has them, where that differs. */
  readonly written: ReadonlyMap<UnitEntry, UnitEntry>;
  readonly misread: readonly Misread[];
  readonly environmentLines: readonly EnvironmentLine[];
  /** What the node gets, as far as that is known; once what can be mended is. */
  readonly variables: ReadonlyMap<string, Known>;
  /** Whether all that gives variables is known. */
  readonly knowsVariables: boolean;
  /** ExecStart=; undefined where there is none, or none that can be read. */
  readonly start: Start | undefined;
  /** How long a node is given to stop, in ms. */
  readonly graceMs: number;
}

const DEFAULT_GRACE_MS = 60_000;

/** The setting that counts, and that says something: an empty one is none. */
export function setting(subject: Subject, key: string, section = 'Service'): UnitEntry | undefined {
  const entry = lastEntry(subject.unit, section, key);
  return entry?.value === '' ? undefined : entry;
}

/** The assignments of a list that count. */
export const settings = (subject: Subject, key: string, section = 'Service'): readonly UnitEntry[] =>
  entriesOf(subject.unit, section, key);

/** The words of a list, of all its assignments; by white space alone where its quotes cannot be read. */
export const listOf = (subject: Subject, key: string, section = 'Service'): readonly string[] =>
  settings(subject, key, section).flatMap(({ value }) => wordsOf(value) ?? value.split(/\s+/));

/** Takes a unit apart for the rules. */
export function subjectOf(unit: Unit, context: LintContext): Subject {
  const { entries, written, misread } = asMeant(unit);
  const meant: Unit = { entries, problems: unit.problems };

  const environmentLines = readEnvironment(entriesOf(meant, 'Service', 'Environment'), context, isUserRoot(meant));
  const startEntry = entriesOf(meant, 'Service', 'ExecStart').at(-1);
  const start = startEntry === undefined ? undefined : readStart(startEntry, context, isUserRoot(meant));
  const variables = new Map<string, Known>(context.environment);
  for (const line of environmentLines) {
    for (const [name, value] of line.mended) {
      const given = context.environment?.get(name);
      // Environment files win over the unit; what the unit itself gives counts as it was meant.
      if (given !== undefined && !isFrom(given, line)) continue;
      variables.set(name, { value: line.faults.size === 0 ? (given?.value ?? value) : value, line });
    }
  }
  for (const { value } of entriesOf(meant, 'Service', 'UnsetEnvironment')) {
    for (const name of wordsOf(value) ?? []) variables.delete(name);
  }
  for (const [name, value] of start?.variables ?? []) variables.set(name, { value });
  const passes = ['EnvironmentFile', 'PassEnvironment'].some((key) => entriesOf(meant, 'Service', key).length > 0);
  return {
    context,
    file: unit.entries[0]?.file ?? unit.problems[0]?.file,
    problems: unit.problems,
    unit: meant,
    written,
    misread,
    environmentLines,
    variables,
    knowsVariables: context.environment !== undefined || !passes,
    start,
    graceMs: context.graceMs ?? DEFAULT_GRACE_MS,
  };
}

const isFrom = ({ source }: Given, { entry }: EnvironmentLine): boolean =>
  source === `${entry.file ?? 'unit'}:${entry.line}`;

function isUserRoot(unit: Unit): boolean {
  const user = lastEntry(unit, 'Service', 'User')?.value ?? '';
  return user === '' || user === 'root' || user === '0';
}
