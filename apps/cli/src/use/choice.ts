import { reasonOf } from '@chainvisor/report';
import { type Layout, listUpgrades, upgradeDir } from '@chainvisor/layout';
import { basename, isAbsolute, join, relative } from 'node:path';
import { CliError } from '../errors.js';

/** A directory that `current` may point to, as the operator names it. */
export interface Choice {
  /** As `current` names it: `genesis` or `upgrades/<directory>`. */
  readonly target: string;
  /** The same, absolute. */
  readonly dir: string;
  /** The name of the plan that the directory is for; undefined for `genesis`, which is for none. */
  readonly plan: string | undefined;
}

const prefix = 'upgrades/';

/**
 * What a word of the command line names: `genesis`, `upgrades/<directory>` as it is on disk, or else the name of a plan.
 * Whether it is there is not looked at. Throws CliError `usage` for what names no directory of its own.
 */
export function choiceOf(layout: Layout, word: string): Choice {
  if (word === 'genesis') return { target: word, dir: layout.genesis, plan: undefined };
  if (!word.startsWith(prefix)) {
    const dir = dirOf(layout, word);
    return { target: relative(layout.root, dir), dir, plan: word };
  }
  // A shell that completes the name of a directory puts a slash behind it.
  const directory = word.slice(prefix.length).replace(/\/$/, '');
  if (['', '.', '..'].includes(directory) || /[/\0]/.test(directory)) throw noDirectory(layout, word);
  return { target: prefix + directory, dir: join(layout.upgrades, directory), plan: unescaped(directory) };
}

/** What `current` named once: a word as above, or where it led out of the home. Throws CliError `usage`. */
export function choiceOfTarget(layout: Layout, target: string): Choice {
  return isAbsolute(target) ? { target, dir: target, plan: undefined } : choiceOf(layout, target);
}

/** The word that names a directory of `upgrades/`, to be typed in a shell. */
export function wordFor(layout: Layout, directory: string): string {
  return quoted(isItsOwnName(layout, directory) ? directory : prefix + directory);
}

/** The same for what `current` names under the root. */
export function wordForTarget(layout: Layout, target: string): string {
  return target === 'genesis' ? target : wordFor(layout, basename(target));
}

/** The words for all that is staged, the newest last. Empty where the directory cannot be listed: other errors say why. */
export async function stagedWords(layout: Layout): Promise<readonly string[]> {
  const upgrades = await listUpgrades(layout).catch(() => []);
  return upgrades.map(({ directory }) => wordFor(layout, directory));
}

function isItsOwnName(layout: Layout, directory: string): boolean {
  if (directory === 'genesis' || directory.startsWith('-')) return false;
  try {
    return upgradeDir(layout, directory) === join(layout.upgrades, directory);
  } catch {
    return false;
  }
}

function dirOf(layout: Layout, name: string): string {
  try {
    return upgradeDir(layout, name);
  } catch (error) {
    throw noDirectory(layout, name, reasonOf(error));
  }
}

function noDirectory({ upgrades }: Layout, word: string, reason = 'it is no single directory'): CliError {
  return new CliError('usage', `${JSON.stringify(word)} names no directory of ${upgrades}`, {
    reason,
    hint: 'name genesis, the plan of an upgrade, or a directory as upgrades/<directory>',
  });
}

/** The name that Go's path escaping made the directory's of; the directory's own where it cannot have been that. */
function unescaped(directory: string): string {
  try {
    return decodeURIComponent(directory);
  } catch {
    return directory;
  }
}

/** As a shell takes it. Names come from the chain, and what is printed is to be typed. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
