import { strip } from '../parse/lines.js';
import { endsInBackslash, logicalLines } from '../parse/logical-lines.js';
import { joined, likeThose } from './text-lines.js';
import type { TextLine } from './text-lines.js';

/** Lines at the end of a section's settings, before the comments and empty lines that lead to the next one. */
export function addedTo(lines: readonly TextLine[], section: string, more: readonly string[]): readonly TextLine[] {
  const at = endOf(lines, section);
  const last = lines[(at ?? lines.length) - 1];
  const before = lines.slice(0, at);
  // A line that a backslash leaves open would take the next one in; so would one that nothing ends.
  const isOpen = last !== undefined && endsInBackslash(last.text);
  const closed = last?.end === '' ? [...before.slice(0, -1), ...likeThose(lines, [last.text])] : before;
  if (at !== undefined) return [...closed, ...likeThose(lines, [...(isOpen ? [''] : []), ...more]), ...lines.slice(at)];
  const gap = last === undefined || (strip(last.text) === '' && !isOpen) ? [] : [''];
  return [...closed, ...likeThose(lines, [...gap, `[${section}]`, ...more])];
}

/** The index behind the last setting of a section; undefined where there is no such section. */
function endOf(lines: readonly TextLine[], section: string): number | undefined {
  let end: number | undefined;
  let isInside = false;
  for (const { text, lastLine } of logicalLines(joined(lines))) {
    const stripped = strip(text);
    if (stripped.startsWith('[')) isInside = stripped === `[${section}]`;
    if (isInside && stripped !== '') end = lastLine;
  }
  return end;
}
