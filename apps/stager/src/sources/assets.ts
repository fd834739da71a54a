import { type AssetName, forms, lastSegment, parseAssetName } from './asset-name.js';
import { tellsBuild } from './asset-words.js';

/** What the asset is to be for. */
export interface AssetWish {
  /** The binary's file name. */
  readonly daemon: string;
  /** As plans write it: `linux/amd64`. */
  readonly platform: string;
  /** The release's tag. */
  readonly tag: string;
  /** `owner/name` of the repository: projects name assets after it too. */
  readonly repository?: string;
}

/** An asset that was passed over, and why, in words. */
export interface Rejected {
  readonly name: string;
  readonly reason: string;
}

export type AssetChoice =
  /** `why` tells what spoke for it. */
  | { readonly kind: 'one'; readonly name: string; readonly why: string; readonly rejected: readonly Rejected[] }
  /** Equally good ones: the operator has to say which. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[]; readonly rejected: readonly Rejected[] }
  | { readonly kind: 'none'; readonly rejected: readonly Rejected[] };

interface Candidate {
  readonly asset: AssetName;
  /** The higher, the better: name, platform, version, in this order. */
  readonly score: readonly [number, number, number];
}

/**
 * Chooses the asset of a release by the words in its name: the operating system and architecture, the program's name and
 * the version. Another system, architecture or program, packages, signatures, lists of parts, checksums, debug and
 * standalone builds are out. Of the same name in several forms the plain file is taken, then a tar.gz. What is left
 * equally good is ambiguous: nothing is guessed.
 */
export function chooseAsset(names: readonly string[], wish: AssetWish): AssetChoice {
  const rejected: Rejected[] = [];
  const candidates: Candidate[] = [];
  for (const name of [...new Set(names)]) {
    const asset = parseAssetName(name, wish.tag);
    const judged = judge(asset, wish);
    if (typeof judged === 'string') rejected.push({ name, reason: judged });
    else candidates.push({ asset, score: judged });
  }
  const best = candidates.reduce<Candidate | undefined>((a, b) => (a && compare(a, b) >= 0 ? a : b), undefined);
  if (best === undefined) return { kind: 'none', rejected };
  const equals = candidates.filter((each) => compare(each, best) === 0).map(({ asset }) => asset);
  const [first = best.asset] = equals.sort((a, b) => forms.indexOf(a.form) - forms.indexOf(b.form));
  if (new Set(equals.map(withoutForm)).size > 1) {
    return { kind: 'ambiguous', candidates: equals.map(({ name }) => name).sort(), rejected };
  }
  return { kind: 'one', name: first.name, why: reasonsFor(first), rejected };
}

function judge(asset: AssetName, wish: AssetWish): string | Candidate['score'] {
  const [os, arch] = wish.platform.split('/');
  if (asset.refusal !== undefined) return asset.refusal;
  if (asset.os !== undefined && asset.os !== os) return `for ${asset.os}`;
  if (asset.arch !== undefined && asset.arch !== arch) return `for ${asset.arch}`;
  const fit = fitOf(asset, wish);
  if (fit === undefined) {
    return `named after another program than ${wish.daemon}`;
  }
  const platform = Number(asset.os !== undefined) + Number(asset.arch !== undefined);
  // A name that tells neither program nor platform could be anything, and a project's name alone is not its binary's.
  if (platform === 0 && fit < 3) return 'its name tells no platform';
  return [fit, platform, versionFit(asset, wish)];
}

/** 4: the daemon's name; 3: that with how it was built; 2: the project's; 1: that with how it was built; 0: no name. */
function fitOf(asset: AssetName, { daemon, repository = '' }: AssetWish): number | undefined {
  const plain = asset.rest.filter((word) => !tellsBuild(word)).join('');
  const whole = asset.rest.join('');
  const exact = wordless(daemon);
  const project = new Set([exact.replace(/d$/, ''), wordless(repository.slice(repository.indexOf('/') + 1))]);
  if (whole === exact) return 4;
  if (plain === exact) return 3;
  if (whole !== '' && project.has(whole)) return 2;
  if (plain !== '' && project.has(plain)) return 1;
  return plain === '' ? 0 : undefined;
}

function wordless(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '');
}

function versionFit(asset: AssetName, { tag }: AssetWish): number {
  if (asset.version === undefined) return 0;
  return lastSegment(tag).includes(asset.version) ? 1 : -1;
}

function compare(a: Candidate, b: Candidate): number {
  const at = a.score.findIndex((value, index) => value !== b.score[index]);
  return at < 0 ? 0 : (a.score[at] ?? 0) - (b.score[at] ?? 0);
}

function withoutForm({ name, form }: AssetName): string {
  return name.slice(0, name.length - form.length).toLowerCase();
}

function reasonsFor({ os, arch, rest }: AssetName): string {
  const platform = [os, arch].filter((word) => word !== undefined).join(' ');
  const named = rest.length === 0 ? 'it tells no program' : `named ${rest.join('-')}`;
  return `${named}, ${platform === '' ? 'it tells no platform' : `for ${platform}`}`;
}
