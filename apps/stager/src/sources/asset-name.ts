import { sortWords, type Spoken } from './asset-words.js';

/** Endings of what can be unpacked, the most welcome first; the empty one is a file that is the binary itself. */
export const forms = ['', '.tar.gz', '.tgz', '.tar.zst', '.tzst', '.zip', '.tar', '.gz', '.zst'] as const;
type Form = (typeof forms)[number];

/** Other endings, with what such a file is. */
const otherEndings: readonly (readonly [RegExp, string])[] = [
  [/\.(?:sig|asc|minisig|sign|signature|pem|crt|cert|pub|att|attestation|bundle|sigstore)$/, 'a signature'],
  [/\.intoto\.jsonl$/, 'an attestation'],
  [/\.(?:sbom|spdx|cdx|cyclonedx)$|[.-](?:sbom|spdx|cdx)(?:\.json)?$/, 'a list of parts (SBOM)'],
  [/\.(?:md5|sha1|sha256|sha512)(?:sums?)?$/, 'a checksum'],
  [/\.(?:deb|rpm|apk|pkg|dmg|msi|snap|appimage|flatpak)$/, 'a package'],
  [/\.(?:tar\.xz|txz|xz)$/, 'packed by xz, which is not supported'],
  [/\.(?:tar\.bz2|tbz2?|bz2)$/, 'packed by bzip2, which is not supported'],
  [/\.(?:tar\.lz4|lz4|7z|rar|tar\.lz|lzma)$/, 'packed in a way that is not supported'],
  [/\.(?:exe|bat|cmd|ps1)$/, 'for windows'],
  [/\.(?:so|dll|dylib|a|wasm)$/, 'a library'],
  [/\.(?:txt|md|json|ya?ml|toml|xml|html|csv|log|pdf)$/, 'a document'],
  [/\.(?:sh|py|js|go|rs|proto|patch|diff)$/, 'source code'],
  [/\.(?:whl|jar|gem|crate|nupkg)$/, 'a package'],
];

/** A release asset's name, taken apart. */
export interface AssetName extends Spoken {
  readonly name: string;
  readonly form: Form;
  /** The numbers of the first version in it, such as `31.0.0`. */
  readonly version: string | undefined;
}

/** Three or more numbers with a dot between, with what a pre-release or a build adds. */
const versionPattern =
  /(?<![a-z0-9.])v?(\d+\.\d+(?:\.\d+)*)((?:[-+.~](?:rc|alpha|beta|pre|dev|hotfix|patch)[-.]?\d*)*)/;

/** Levels of amd64 beyond the first need a newer processor than `amd64` promises. */
const amd64Level = /(?:amd64|x86[-_]64)[-_]?v([234])(?![a-z0-9.])/;

/** The release of a distribution is no version of the program. */
const distribution = /(?<![a-z0-9])(ubuntu|debian|alpine)[-_]?\d+(?:\.\d+)*(?![a-z0-9])/g;

/** Takes a name apart. `tag` is taken out first: it may hold what else would look like words. */
export function parseAssetName(name: string, tag: string): AssetName {
  const lower = name.toLowerCase();
  const form = forms.find((ending) => ending !== '' && lower.endsWith(ending)) ?? '';
  const unpacked = lower.slice(0, lower.length - form.length);
  const foreign = otherEndings.find(([ending]) => ending.test(unpacked))?.[1];
  const stem = unpacked.replaceAll(distribution, '$1');
  const release = lastSegment(tag).toLowerCase();
  const withoutTag = cutOut(stem, release);
  const version = versionPattern.exec(stem)?.[1];
  const text = withoutTag.replace(versionPattern, '-').replaceAll(/x86[-_]64/g, 'x8664');
  const level = amd64Level.exec(withoutTag)?.[1];
  const isLevel = level !== undefined && !new RegExp(`^v?${level}\\b`).test(release);
  const spoken = sortWords(text.split(/[^a-z0-9]+/).filter((word) => word !== '' && !/^v\d+$/.test(word)));
  return {
    ...spoken,
    refusal: foreign ?? (isLevel ? 'for newer processors only' : spoken.refusal),
    name,
    form,
    version,
  };
}

/** Where tags have a path (`protocol/v5.0.5`), what stands behind it. */
export function lastSegment(tag: string): string {
  return tag.slice(tag.lastIndexOf('/') + 1);
}

/** Takes a tag out where it stands as a whole: with or without its `v`. */
function cutOut(text: string, tag: string): string {
  for (const each of [tag, tag.replace(/^v(?=\d)/, '')]) {
    const at = each === '' ? -1 : text.indexOf(each);
    const [before, after] = [text[at - 1] ?? '-', text[at + each.length] ?? '-'];
    if (at >= 0 && !/[a-z0-9]/.test(before) && !/[a-z0-9]/.test(after)) {
      return `${text.slice(0, at)}-${text.slice(at + each.length)}`;
    }
  }
  return text;
}
