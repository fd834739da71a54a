import type { Edit, Finding } from '../finding.js';
import { addedTo } from './add-lines.js';
import { joined, likeThose, textLines } from './text-lines.js';
import type { TextLine } from './text-lines.js';

/**
 * A unit's text with its findings mended, as far as a text can: all that no finding is about stays as it is, comments and
 * line ends included. Edits that do not fit the text are left out, and so is one that would change lines which another
 * changes already. It never throws.
 * @param file Of findings in several files, mends those of this one; where not given, the text is taken for all.
 */
export function mendUnit(text: string, findings: readonly Finding[], file?: string): string {
  const edits = findings.flatMap((finding) => finding.edits).filter((edit) => file === undefined || edit.file === file);
  const added = new Map<string, Set<string>>();
  for (const edit of edits) {
    if (edit.do !== 'add') continue;
    const lines = added.get(edit.section) ?? new Set();
    for (const line of edit.lines) lines.add(line);
    added.set(edit.section, lines);
  }
  const replaced = replaceLines(textLines(text), edits);
  return joined([...added].reduce((lines, [section, more]) => addedTo(lines, section, [...more]), replaced));
}

function replaceLines(lines: readonly TextLine[], edits: readonly Edit[]): readonly TextLine[] {
  const result: (readonly TextLine[])[] = lines.map((line) => [line]);
  const taken = new Set<number>();
  for (const edit of edits) {
    if (edit.do !== 'replace' || edit.line < 1 || edit.lastLine < edit.line || edit.lastLine > lines.length) continue;
    const range = Array.from({ length: edit.lastLine - edit.line + 1 }, (_, index) => edit.line - 1 + index);
    if (range.some((index) => taken.has(index))) continue;
    for (const index of range) {
      taken.add(index);
      result[index] = [];
    }
    result[edit.line - 1] = likeThose(lines, edit.lines);
  }
  return result.flat();
}
