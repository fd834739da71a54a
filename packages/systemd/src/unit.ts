/** One setting of a unit file, as it is written there. */
export interface UnitEntry {
  /** The section, without its brackets. */
  readonly section: string;
  readonly key: string;
  /** Continued lines are joined by a space, as systemd joins them; nothing is unquoted. */
  readonly value: string;
  /** The file, where it was named. */
  readonly file: string | undefined;
  /** Its first and its last line, from 1. */
  readonly line: number;
  readonly lastLine: number;
}

/** A line that systemd warns of and ignores: no section, no `=`, a stray word. */
export interface UnitProblem {
  readonly what: string;
  readonly text: string;
  readonly file: string | undefined;
  readonly line: number;
}

/** A unit file, or one with its drop-ins in the order in which systemd reads them. */
export interface Unit {
  readonly entries: readonly UnitEntry[];
  readonly problems: readonly UnitProblem[];
}
