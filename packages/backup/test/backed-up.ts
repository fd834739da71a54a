import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { restoreBackup } from '../src/index.ts';
import type { Restored, RestoreOptions } from '../src/index.ts';
import { makeHome, state, treeOf } from './home.ts';
import { manifestOf } from './leveldb.ts';

export const STATE = 'priv_validator_state.json';

/** A home of which `b` is a backup at height 10, and whose data is another, at height 20. */
export async function makeBackedUp() {
  const home = makeHome();
  home.put('application.db/CURRENT', 'MANIFEST-000007\n');
  home.put('application.db/MANIFEST-000007', manifestOf([[3, 10]]));
  home.put('application.db/000003.ldb', Buffer.alloc(10));
  home.put('cs.wal/wal', 'old', { mode: 0o600 });
  home.put(STATE, state(10), { mode: 0o600 });
  symlinkSync('cs.wal', join(home.data, 'link'));
  const backup = (await home.create()).path;
  home.put('cs.wal/wal', 'new');
  home.put('application.db/000009.ldb', 'new');
  home.put(STATE, state(20), { mode: 0o600 });
  const restore = (options: Partial<RestoreOptions> = {}): Promise<Restored> =>
    restoreBackup({ backup, data: home.data, aside: 'old', strategy: 'copy', ...options });
  return { ...home, backup, restore, now: treeOf(home.data) };
}

/** But for the state file, and the directory that holds it. */
export const without = (tree: readonly string[]): string[] =>
  tree.filter((line) => !line.startsWith(`/${STATE} `) && !line.startsWith(' '));

export const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');
