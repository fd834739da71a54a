import { linesOf } from './lines.js';

/** Lines that a backslash at their ends has made one. */
export interface LogicalLine {
  readonly text: string;
  /** Its first and its last line, from 1. */
  readonly line: number;
  readonly lastLine: number;
}

/** The lines of a unit file with those continued joined; without comments, also those between two continued lines. */
export function* logicalLines(text: string): Generator<LogicalLine> {
  let open: LogicalLine | undefined;
  let bomSeen = false;

  for (const [index, whole] of linesOf(text).entries()) {
    // systemd leaves comments out before it joins lines: one within a continued setting does not end it.
    if (/^[ \t\n\r]*[#;]/.test(whole)) continue;
    const part: string = !bomSeen && whole.startsWith('\ufeff') ? whole.slice(1) : whole;
    bomSeen ||= part !== whole;

    const number = index + 1;
    const line: LogicalLine = { text: (open?.text ?? '') + part, line: open?.line ?? number, lastLine: number };
    if (endsInBackslash(line.text)) {
      open = { ...line, text: `${line.text.slice(0, -1)} ` };
    } else {
      yield line;
      open = undefined;
    }
  }
  if (open !== undefined) yield open;
}

/** Whether the last backslash is not itself escaped. */
export function endsInBackslash(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
}
