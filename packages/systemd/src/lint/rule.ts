import type { FindingLevel } from '../finding.js';
import type { UnitEntry } from '../unit.js';
import type { LintCode } from './code.js';
import type { Subject } from './subject.js';

/** A change of the unit as its rules see it: settings, not lines of text. */
export type Change =
  /** A setting's lines become these; none, and it is gone. */
  | { readonly do: 'set'; readonly entry: UnitEntry; readonly lines: readonly string[] }
  /** A setting is written as it was meant: spelt rightly, in its section. */
  | { readonly do: 'as-meant'; readonly entry: UnitEntry }
  | { readonly do: 'add'; readonly section: string; readonly lines: readonly string[] }
  /** A line that is no setting becomes these. */
  | {
      readonly do: 'line';
      readonly file: string | undefined;
      readonly line: number;
      readonly lines: readonly string[];
    };

/** A finding before its changes are made into edits of the text. */
export interface Draft {
  readonly code: LintCode;
  readonly level: FindingLevel;
  /** Where it is; undefined where something is missing. */
  readonly at: { readonly file: string | undefined; readonly line: number } | undefined;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  readonly changes: readonly Change[];
}

/** Looks for one kind of mistake, or a few of one family. */
export type Rule = (subject: Subject) => readonly Draft[];

/** A setting gets another value. */
export const setTo = (entry: UnitEntry, value: string): Change => ({
  do: 'set',
  entry,
  lines: [`${entry.key}=${value}`],
});

/** A setting is taken away. */
export const drop = (entry: UnitEntry): Change => ({ do: 'set', entry, lines: [] });

/** Lines at the end of a section. */
export const add = (section: string, ...lines: readonly string[]): Change => ({ do: 'add', section, lines });
