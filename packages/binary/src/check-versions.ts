import type { Finding } from './finding.js';
import type { VersionNeed } from './dynamic.js';
import { highestGlibc, highestVersion, isGlibc } from './glibc.js';
import type { Loading } from './load.js';
import type { Loaded } from './search.js';

/**
 * The versions of symbols that files ask for and their libraries do not define. The loader compares exactly these names, so
 * they are the truth about the C library that the program will get, which need not be the one that this process runs with.
 * A library without any versions passes: the loader only warns there.
 */
export function checkVersions({ files, byName }: Loading): readonly Finding[] {
  return files.flatMap((file) => {
    const lacking = file.facts.requires.flatMap(({ library, versions }) => {
      const provider = byName.get(library);
      if (provider === undefined || provider.facts.defines.length === 0) return [];
      const defined = new Set(provider.facts.defines);
      const absent = versions.filter((version) => !defined.has(version));
      return absent.length === 0 ? [] : [{ library, versions: absent, provider }];
    });
    const glibc = lacking.filter(({ versions }) => versions.some(isGlibc));
    return [
      ...(glibc.length === 0 ? [] : [glibcTooOld(file, glibc, byName.get('libc.so.6') ?? glibc[0]?.provider)]),
      ...lacking.flatMap(({ versions, ...rest }) => {
        const others = versions.filter((version) => !isGlibc(version));
        return others.length === 0 ? [] : [libraryTooOld(file, { ...rest, versions: others })];
      }),
    ];
  });
}

function glibcTooOld(file: Loaded, lacking: readonly VersionNeed[], libc: Loaded | undefined): Finding {
  const needs = highestGlibc(lacking);
  const marks = [...new Set(lacking.flatMap(({ versions }) => versions.filter(isGlibc)))];
  const needed = needs === undefined ? `a glibc with ${marks.join(', ')}` : `glibc ${needs.version}`;
  const has = highestVersion(libc?.facts.defines ?? []);
  return {
    code: 'glibc-too-old',
    message: `${file.path} needs ${needed}; this machine has ${has === undefined ? 'an older one' : `glibc ${has}`} (${libc?.path ?? 'no libc.so.6'})`,
    hint: 'get the static (musl) build of this release, build it on this machine, or move to a newer distribution',
  };
}

function libraryTooOld(file: Loaded, { versions, provider }: VersionNeed & { readonly provider: Loaded }): Finding {
  return {
    code: 'library-too-old',
    message: `${file.path} needs ${versions.join(', ')}, which ${provider.path} does not have`,
    hint: `put the ${provider.facts.soname ?? provider.path} that the release was built with into the lib/ beside bin/`,
  };
}
