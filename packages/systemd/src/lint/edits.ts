import type { Edit } from '../finding.js';
import type { UnitEntry } from '../unit.js';
import type { Change, Draft } from './rule.js';
import type { Subject } from './subject.js';

/** What becomes of each setting that a finding changes. */
export type Decided = ReadonlyMap<UnitEntry, readonly string[]>;

/**
 * One text for each setting, whichever finding is mended: a setting may be wrong in several ways, and its mends must not
 * get in each other's way. To take it away goes first, then the first value that a rule has for it.
 */
export function decide(drafts: readonly Draft[]): Decided {
  const decided = new Map<UnitEntry, readonly string[]>();
  const meant = new Map<UnitEntry, readonly string[]>();
  for (const change of drafts.flatMap(({ changes }) => changes)) {
    if (change.do === 'as-meant') meant.set(change.entry, [`${change.entry.key}=${change.entry.value}`]);
    if (change.do !== 'set') continue;
    if (change.lines.length === 0 || !decided.has(change.entry)) decided.set(change.entry, change.lines);
  }
  return new Map([...meant, ...decided]);
}

/** A change of a setting as one of the text. */
export function editsOf(change: Change, subject: Subject, decided: Decided): readonly Edit[] {
  const main = subject.file;
  if (change.do === 'add') return [{ do: 'add', file: main, section: change.section, lines: change.lines }];
  if (change.do === 'line') {
    const { file, line, lines } = change;
    return [{ do: 'replace', file, line, lastLine: line, lines }];
  }
  const { entry } = change;
  const lines = decided.get(entry) ?? [];
  const { file, line, lastLine, section } = subject.written.get(entry) ?? entry;
  if (section === entry.section || lines.length === 0) return [{ do: 'replace', file, line, lastLine, lines }];
  return [
    { do: 'replace', file, line, lastLine, lines: [] },
    { do: 'add', file, section: entry.section, lines },
  ];
}
