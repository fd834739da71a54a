/** The database of a directory, as far as its kind decides what may be linked. */
export type DatabaseKind = 'leveldb' | 'rocksdb' | 'pebble' | 'badger';

/**
 * Tells by the names in a directory which database it holds. Undefined for none, an unknown one, and for signs of two
 * kinds at once. A bolt database is a single file, not a directory.
 */
export function databaseKind(names: readonly string[]): DatabaseKind | undefined {
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  if (has(/\.vlog$/) || has(/^KEYREGISTRY$/) || has(/^DISCARD$/)) return 'badger';
  if (!has(/^MANIFEST-\d+$/)) return undefined;
  const isPebble = has(/^marker\.format-version\./);
  if (has(/^OPTIONS-\d+$/)) {
    const isRocks = has(/^IDENTITY$/);
    if (isPebble) return isRocks ? undefined : 'pebble';
    if (!has(/^CURRENT$/)) return undefined;
    // pebble in its oldest format, which cosmos-db and cometbft-db leave it in, has CURRENT and no markers.
    return isRocks ? 'rocksdb' : 'pebble';
  }
  if (isPebble || has(/^IDENTITY$/) || !has(/^CURRENT$/)) return undefined;
  // goleveldb prefers a pending CURRENT.<number> to CURRENT: which MANIFEST counts is then its affair.
  return has(/^CURRENT\.\d+$/) ? undefined : 'leveldb';
}

/** The files of each kind that are written once. */
export const TABLES: Readonly<Record<DatabaseKind, RegExp | undefined>> = {
  leveldb: /^(\d{6,})\.(?:ldb|sst)$/,
  rocksdb: /^(\d{6,})\.(?:sst|blob)$/,
  pebble: /^(\d{6,})\.(?:sst|blob)$/,
  badger: undefined,
};
