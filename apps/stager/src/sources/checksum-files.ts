/**
 * The files of a release that may hold the checksum of an asset, the most particular first: those that name the asset,
 * then the lists of the whole release; sha256 before sha512. Signatures of such files, and weak checksums, are none.
 */
export function checksumFiles(names: readonly string[], asset: string): readonly string[] {
  return names
    .flatMap((name) => {
      const rank = rankOf(name.toLowerCase(), asset.toLowerCase());
      return rank === undefined || name === asset ? [] : [{ name, rank }];
    })
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

function rankOf(name: string, asset: string): number | undefined {
  if (name.startsWith(asset)) {
    const added = name.slice(asset.length);
    if (/^[._-]sha256(?:sums?)?(?:\.txt)?$/.test(added)) return 0;
    if (/^[._-]sha512(?:sums?)?(?:\.txt)?$/.test(added)) return 1;
    return undefined;
  }
  if (!/^[^.]*(?:\.\d[^.]*)*(?:\.(?:txt|sha256(?:sums?)?|sha512(?:sums?)?))?$/.test(name)) return undefined;
  if (/sha-?512/.test(name)) return 3;
  // A list that says no more than "checksums" is made by sha256 with the usual tools; the length of a sum tells.
  return /sha-?256|check-?sums?/.test(name) && !/md5|sha-?1(?!\d)/.test(name) ? 2 : undefined;
}
