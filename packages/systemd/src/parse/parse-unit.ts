import type { Unit, UnitEntry, UnitProblem } from '../unit.js';
import { notText } from './escapes.js';
import { strip } from './lines.js';
import { logicalLines } from './logical-lines.js';

/** The types of units that have a section of their own name. */
const TYPES = ['Service', 'Timer', 'Socket', 'Path', 'Mount', 'Automount', 'Swap', 'Slice', 'Scope'];

/** What a section's name may not have: control characters, quotes, a backslash. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f'"\\]/;

/**
 * A unit file as systemd reads it. It never throws: what systemd ignores with a warning, or refuses, is in `problems`.
 * Unknown keys are no problem here, and nothing is unquoted. Settings of a section that systemd does not know are left
 * out; `[X-…]` is for whoever likes.
 * @param file Names the file in entries and problems; its ending says which sections it may have.
 */
export function parseUnit(text: string, file?: string): Unit {
  const entries: UnitEntry[] = [];
  const problems: UnitProblem[] = [];
  const sections = sectionsOf(file);
  let section: string | undefined;
  let ignored = false;

  for (const { text: raw, line, lastLine } of logicalLines(text)) {
    const stripped = strip(raw);
    if (stripped === '') continue;
    const problem = (what: string): unknown => problems.push({ what, text: stripped, file, line });

    if (notText(stripped) !== undefined) {
      problem('this is no Unicode text: systemd refuses the whole file');
      continue;
    }
    if (stripped.startsWith('[')) {
      const name = stripped.slice(1, -1);
      if (!stripped.endsWith(']') || UNSAFE.test(name)) {
        problem('this is no section: systemd refuses the whole file');
        continue;
      }
      section = sections.has(name) || name.startsWith('X-') ? name : undefined;
      ignored = section === undefined;
      if (ignored) problem(`systemd knows no section ${name} here and ignores it whole`);
      continue;
    }
    if (section === undefined) {
      if (!ignored) problem('this stands before the first section: systemd ignores it');
      continue;
    }
    const equals = stripped.indexOf('=');
    if (equals <= 0) {
      problem(
        equals < 0 ? 'this is neither a section nor a setting: systemd ignores it' : 'there is no key before the =',
      );
      continue;
    }
    const key = strip(stripped.slice(0, equals));
    entries.push({ section, key, value: strip(stripped.slice(equals + 1)), file, line, lastLine });
  }
  return { entries, problems };
}

/** The sections of a file's type, `x.service` or `x.service.d/y.conf`; of all, where its name does not tell. */
function sectionsOf(file = ''): ReadonlySet<string> {
  const ending = /\.([a-z]+)(?:\.d\/[^/]*\.conf)?$/.exec(file)?.[1];
  const own = TYPES.filter((type) => type.toLowerCase() === ending);
  return new Set(['Unit', 'Install', ...(own.length === 0 ? TYPES : own)]);
}
