/** How bad a finding is: blocks or an upgrade are at stake, it will be regretted, it is worth knowing. */
export type FindingLevel = 'error' | 'warning' | 'note';

/** A change of a unit's text that mends a finding. `file` is that of the unit, undefined where it was not named. */
export type Edit =
  /** These lines (from 1, both included) become others; none, and they are gone. */
  | {
      readonly do: 'replace';
      readonly file: string | undefined;
      readonly line: number;
      readonly lastLine: number;
      readonly lines: readonly string[];
    }
  /** Lines at the end of a section, which is made where there is none. */
  | {
      readonly do: 'add';
      readonly file: string | undefined;
      readonly section: string;
      readonly lines: readonly string[];
    };

/** One mistake in a unit. */
export interface Finding<Code extends string = string> {
  readonly code: Code;
  readonly level: FindingLevel;
  readonly file: string | undefined;
  /** The line, from 1; undefined where something is missing. */
  readonly line: number | undefined;
  /** What is wrong. */
  readonly what: string;
  /** What comes of it. */
  readonly why: string;
  /** What to do. */
  readonly mend: string;
  /** How the text is mended; empty where only the operator can. */
  readonly edits: readonly Edit[];
}
