import type { UnitEntry } from '../unit.js';
import { nearest } from './distance.js';
import { knownKeys, legacyKeys } from './known-keys.js';

/** How a setting was meant that systemd ignores, or takes for the sake of old units only. */
export interface Meaning {
  readonly why: 'key' | 'place' | 'legacy';
  /** The setting, spelt rightly and in its section; undefined where nobody can tell. */
  readonly entry: UnitEntry | undefined;
}

const VARIABLE = /^(?:export\s+)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)$/;

const isPrivate = (name: string): boolean => name.startsWith('X-');

function spelt(section: string, key: string): { section: string; key: string } | undefined {
  const others = [...knownKeys.keys()].filter((name) => name !== section);
  for (const name of [section, ...others]) {
    const right = nearest(key, knownKeys.get(name) ?? []);
    if (right !== undefined) return { section: name, key: right };
  }
  return undefined;
}

function legacy(entry: UnitEntry): Meaning | undefined {
  const key = legacyKeys.get(entry.key);
  if (key === undefined || (entry.section === 'Unit' && entry.key === key)) return undefined;
  return { why: 'legacy', entry: { ...entry, section: 'Unit', key } };
}

/**
 * What a setting was meant to be, where that is not what it says; undefined where all is right with its name and place.
 * One that stands before the first section has none (''): it is looked at as if it stood in [Service].
 */
export function meaningOf(entry: UnitEntry): Meaning | undefined {
  if (entry.section === '') {
    const placed = { ...entry, section: 'Service' };
    return { why: 'place', entry: meaningOf(placed)?.entry ?? placed };
  }
  if (isPrivate(entry.section) || isPrivate(entry.key)) return undefined;
  const known = knownKeys.get(entry.section);
  // The other kinds of unit have sections of their own, which are not ours to judge.
  if (known === undefined) return undefined;
  if (known.has(entry.key)) return legacy(entry);
  const place = [...knownKeys].find(([, keys]) => keys.has(entry.key))?.[0];
  if (place !== undefined) {
    const placed = { ...entry, section: place };
    return { why: 'place', entry: legacy(placed)?.entry ?? placed };
  }
  const variable = VARIABLE.exec(entry.key)?.[1];
  if (variable !== undefined) {
    const value =
      /\s/.test(entry.value) && !/["']/.test(entry.value)
        ? `"${variable}=${entry.value}"`
        : `${variable}=${entry.value}`;
    return { why: 'key', entry: { ...entry, section: 'Service', key: 'Environment', value } };
  }
  const right = spelt(entry.section, entry.key);
  if (right === undefined) return { why: 'key', entry: undefined };
  const meant = { ...entry, ...right };
  return { why: 'key', entry: legacy(meant)?.entry ?? meant };
}
