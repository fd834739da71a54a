import type { Unit, UnitEntry, UnitProblem } from '../unit.js';
import { meaningOf } from './meant.js';
import type { Meaning } from './meant.js';

/** A setting that is not what it says, and what it was meant to be. */
export interface Misread {
  readonly written: UnitEntry;
  readonly meaning: Meaning;
  /** Whether another line says the same, and that is what counts, or will. */
  readonly isIdle: boolean;
}

/** A unit as it was meant. */
export interface Meant {
  /** Those that move to another section come last, as they do in the mended text. */
  readonly entries: readonly UnitEntry[];
  /** The settings as the file has them, where that differs. */
  readonly written: ReadonlyMap<UnitEntry, UnitEntry>;
  readonly misread: readonly Misread[];
}

/** Settings that have one value: the last one counts, and one more would change what is in force. */
const SINGLE =
  /Sec$|^(?:Type|Restart|User|Group|ExecStart|KillMode|KillSignal|RestartKillSignal|NotifyAccess|OOMPolicy|WorkingDirectory|Description|StartLimit\w+|Limit\w+|Memory\w+|Protect\w+|Private\w+|ProcSubset|DynamicUser|NoNewPrivileges)$/;

/** Reads a unit as it was meant: keys spelt rightly and in their sections. */
export function asMeant(unit: Unit): Meant {
  const written = new Map<UnitEntry, UnitEntry>();
  const misread: Misread[] = [];
  const staying: UnitEntry[] = [];
  const moving: UnitEntry[] = [];
  const all = [...unit.problems.flatMap((problem) => settingOf(problem) ?? []), ...unit.entries].map((entry) => {
    const meaning = meaningOf(entry);
    return { entry, meaning, meant: meaning === undefined ? entry : meaning.entry };
  });

  for (const [index, { entry, meaning, meant }] of all.entries()) {
    if (meaning === undefined) {
      staying.push(entry);
      continue;
    }
    const isIdle =
      meant !== undefined &&
      SINGLE.test(meant.key) &&
      all.some((other, at) => {
        if (at === index || other.meant?.section !== meant.section || other.meant.key !== meant.key) return false;
        // A key of old times counts like the new one, in the order of the file; any other that is misread counts not at all.
        const isInForce = other.meaning === undefined || other.meaning.why === 'legacy';
        return at > index || (isInForce && meaning.why !== 'legacy');
      });
    misread.push({ written: entry, meaning, isIdle });
    if (meant === undefined || isIdle) continue;
    written.set(meant, entry);
    (meant.section === entry.section ? staying : moving).push(meant);
  }
  return { entries: [...staying, ...moving], written, misread };
}

/** A setting that stands before the first section, as far as its section can be told; it has no section yet. */
export function settingOf({ text, file, line }: UnitProblem): UnitEntry | undefined {
  const equals = text.indexOf('=');
  if (equals <= 0 || text.startsWith('[')) return undefined;
  const key = text.slice(0, equals).trim();
  const entry = { section: 'Service', key, value: text.slice(equals + 1).trim(), file, line, lastLine: line };
  const meaning = meaningOf(entry);
  // What nobody can place stays a problem; what belongs to [Service] is given a section that it does not have.
  if (meaning !== undefined && meaning.entry === undefined) return undefined;
  return { ...entry, section: '' };
}
