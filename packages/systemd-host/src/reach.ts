import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Account } from './accounts.js';

/**
 * The directory, or the file itself, that keeps a user from executing a file; undefined where nothing does. Looks at owner,
 * group and rights of each, not at access lists; what cannot be looked at counts as open.
 */
export function barTo(file: string, { uid, gid }: Pick<Account, 'uid' | 'gid'>): string | undefined {
  if (uid === 0) return undefined;
  const above: string[] = [];
  for (let path = file; path !== dirname(path); path = dirname(path)) above.unshift(path);
  return above.find((path) => {
    const found = look(path);
    if (found === undefined) return false;
    const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0;
    return ((found.mode >> shift) & 1) === 0;
  });
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
