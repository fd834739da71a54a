import type { Account } from '@chainvisor/systemd-host';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOurVariable } from './variables.js';

/** A variable that a profile sets, and the file and line that do. */
export interface ProfileVariable {
  readonly value: string;
  readonly source: string;
}

const own = ['.profile', '.bash_profile', '.bash_login', '.bashrc', '.zprofile', '.zshrc', '.zshenv'];

/**
 * Our variables as shells of these users set them: by their profiles and those of the machine, which systemd never reads.
 * The last file that sets one counts. What cannot be read has none. Never rejects.
 */
export async function profileVariables(
  users: readonly Pick<Account, 'home'>[],
): Promise<ReadonlyMap<string, ProfileVariable>> {
  const found = new Map<string, ProfileVariable>();
  const more = await readdir('/etc/profile.d').catch((): string[] => []);
  const scripts = more.filter((name) => name.endsWith('.sh')).sort();
  const shared = ['/etc/environment', '/etc/profile', ...scripts.map((name) => join('/etc/profile.d', name))];
  for (const { home } of users) {
    for (const file of [...shared, ...own.map((name) => join(home, name))]) {
      const text = await readFile(file, 'utf8').catch(() => '');
      for (const [name, value, line] of assignmentsIn(text, home))
        found.set(name, { value, source: `${file}:${line}` });
    }
  }
  return found;
}

/** Assignments of ours in a shell script, with what a shell would make of `$HOME` and `~`; others cannot be told. */
export function assignmentsIn(text: string, home: string): readonly (readonly [string, string, number])[] {
  return text.split('\n').flatMap((line, index) => {
    const [, name = '', written = ''] =
      /^\s*(?:export\s+)?([A-Z_][A-Z0-9_]*)=("[^"]*"|'[^']*'|[^\s;#"'&|]*)/.exec(line) ?? [];
    if (!isOurVariable(name)) return [];
    const value = valueOf(written, home);
    return value === undefined ? [] : [[name, value, index + 1] as const];
  });
}

function valueOf(written: string, home: string): string | undefined {
  if (written.startsWith("'")) return written.slice(1, -1);
  const bare = written.startsWith('"') ? written.slice(1, -1) : written.replace(/^~(?=\/|$)/, home);
  const value = bare.replaceAll(/\$(?:HOME\b|\{HOME\})/g, () => home);
  return /[$`\\]/.test(value) ? undefined : value;
}
