import { isAbsolute, resolve } from 'node:path';
import { directoryOf, shown } from './bytes.js';
import type { How, Kept, Tree } from './copy-tree.js';

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

export const bytesOf = (entries: readonly { readonly size: number }[]): number =>
  entries.reduce((sum, entry) => sum + entry.size, 0);

/** What was done to the regular files. */
export function amounts(kept: readonly Kept[]): Record<How, Amount> {
  const of = (how: How): Amount => {
    const those = kept.filter((entry) => entry.type === 'file' && entry.how === how);
    return { files: those.length, bytes: bytesOf(those) };
  };
  return { linked: of('linked'), cloned: of('cloned'), copied: of('copied') };
}

/** The symlinks of a tree that lead out of it. */
export function leadingOut(tree: Tree): string[] {
  const links = tree.entries.filter((entry) => entry.type === 'symlink');
  return links
    .filter(({ path, target = '' }) => {
      const leads = shown(target);
      const end = isAbsolute(leads) ? resolve(leads) : resolve(tree.from, shown(directoryOf(path)), leads);
      return end !== tree.from && !end.startsWith(`${tree.from}/`);
    })
    .map(({ path }) => shown(path));
}
