import type { Unit, UnitEntry } from './unit.js';

/** One unit of several files: the main one, then its drop-ins in the order in which systemd reads them. */
export function mergeUnits(units: readonly Unit[]): Unit {
  return {
    entries: units.flatMap(({ entries }) => entries),
    problems: units.flatMap(({ problems }) => problems),
  };
}

/** Of a setting that has one value, the assignment that counts: the last one. Its value is empty where it was reset. */
export function lastEntry(unit: Unit, section: string, key: string): UnitEntry | undefined {
  return unit.entries.findLast((entry) => entry.section === section && entry.key === key);
}

/** Of a setting that is a list, the assignments that count: those since the last empty one, which resets the list. */
export function entriesOf(unit: Unit, section: string, key: string): readonly UnitEntry[] {
  const all = unit.entries.filter((entry) => entry.section === section && entry.key === key);
  return all.slice(all.findLastIndex(({ value }) => value === '') + 1);
}
