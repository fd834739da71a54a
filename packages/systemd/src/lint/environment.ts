import type { UnitEntry } from '../unit.js';
import type { LintContext } from './context.js';
import { wordsOf } from './read.js';

/** What is wrong with how an Environment= line is written. */
export type EnvironmentFault = 'export' | 'home' | 'spaces' | 'quoted-list' | 'unreadable';

/** An Environment= line. */
export interface EnvironmentLine {
  readonly entry: UnitEntry;
  readonly faults: ReadonlySet<EnvironmentFault>;
  /** Of the faults, those that only the operator can mend. */
  readonly unmended: ReadonlySet<EnvironmentFault>;
  /** Whether systemd drops a variable of this line, or the node gets one of chainvisor's settings with a wrong value. */
  readonly harmful: boolean;
  /** The variables as they were meant; those that cannot be told are left out. */
  readonly mended: readonly (readonly [name: string, value: string])[];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** The variables of cosmovisor, and of chainvisor. */
export const OURS = /^(?:DAEMON|COSMOVISOR|CHAINVISOR)_|^UNSAFE_SKIP_BACKUP$/;
/** Where one assignment of several within one pair of quotes ends, and the next begins. */
const NEXT_ASSIGNMENT = /\s+(?=[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+=)/;
/** What a shell would expand and systemd does not. */
const SHELL_HOME = /\$\{?HOME\b\}?|^~(?=\/|$)/g;
const SHELL_PATH = /\$\{?PATH\b\}?/g;
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin';
/** systemd's home directory in a unit of the system is root's, whatever User= says. */
const SPECIFIER_HOME = /(?<!%)((?:%%)*)%h/g;

/** The Environment= lines, and what was meant by each. */
export function readEnvironment(
  entries: readonly UnitEntry[],
  context: LintContext,
  asRoot: boolean,
): readonly EnvironmentLine[] {
  const rootStays = asRoot && (context.user ?? 'root') === 'root';
  const home = context.userHome ?? (rootStays ? '/root' : undefined);
  return entries.map((entry) => readLine(entry, home?.replaceAll('%', '%%'), rootStays));
}

function readLine(entry: UnitEntry, home: string | undefined, asRoot: boolean): EnvironmentLine {
  const faults = new Set<EnvironmentFault>();
  const unmended = new Set<EnvironmentFault>();
  const mended: [string, string][] = [];
  let harmful = false;

  const assign = (name: string, value: string): void => {
    const expanded = expandHome(name, value, home, asRoot);
    if (expanded !== value || isShellText(name, value, asRoot)) {
      faults.add('home');
      harmful ||= OURS.test(name);
    }
    if (isShellText(name, expanded, asRoot)) unmended.add('home');
    mended.push([name, expanded]);
  };

  const words = wordsOf(entry.value);
  if (words === undefined) {
    const both = new Set<EnvironmentFault>(['unreadable']);
    return { entry, faults: both, unmended: both, harmful: true, mended };
  }
  for (const word of words) {
    const bare = word.replace(/^export\s+(?=\S)/, '');
    if (bare !== word || (word === 'export' && mended.length === 0)) faults.add('export');
    if (word === 'export' && mended.length === 0) continue;
    harmful ||= bare !== word;

    const parts = OURS.test(bare) && NEXT_ASSIGNMENT.test(bare) ? bare.split(NEXT_ASSIGNMENT) : [bare];
    if (parts.length > 1) {
      faults.add('quoted-list');
      harmful = true;
    }
    for (const part of parts) {
      const equals = part.indexOf('=');
      const name = part.slice(0, Math.max(equals, 0));
      const before = mended.at(-1);
      if (NAME.test(name)) {
        assign(name, part.slice(equals + 1));
      } else if (before !== undefined && equals < 0) {
        faults.add('spaces');
        harmful = true;
        before[1] += ` ${part}`;
      } else {
        faults.add('unreadable');
        unmended.add('unreadable');
        harmful = true;
      }
    }
  }
  return { entry, faults, unmended, harmful, mended };
}

function isShellText(name: string, value: string, asRoot: boolean): boolean {
  if (value.search(SHELL_HOME) >= 0 || (name === 'PATH' && value.search(SHELL_PATH) >= 0)) return true;
  if (!OURS.test(name)) return false;
  return /\$\{?[A-Za-z_]/.test(value) || (!asRoot && value.search(SPECIFIER_HOME) >= 0);
}

function expandHome(name: string, value: string, home: string | undefined, asRoot: boolean): string {
  const path = name === 'PATH' ? value.replace(SHELL_PATH, DEFAULT_PATH) : value;
  if (home === undefined) return path;
  const expanded = path.replace(SHELL_HOME, () => home);
  return asRoot ? expanded : expanded.replace(SPECIFIER_HOME, (_, percents: string) => percents + home);
}
