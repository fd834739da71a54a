import { FetcherError } from '@chainvisor/fetcher';
import { hostPlatform } from '@chainvisor/staging';
import type { Context } from '../context.js';
import type { Target } from '../node/target.js';
import { shownAddress } from '../settings/shown.js';
import { utcDate } from '../settings/utc-date.js';
import { type Answer, declined } from './answer.js';
import { chooseAsset, type Rejected } from './assets.js';
import { type Asset, latestReleases, type Release, releaseOf } from './release-api.js';
import { checksumOf } from './release-checksum.js';
import { chooseTag } from './release-tag.js';
import { fillName, templateValues } from './template.js';

/** The asset of the release that the plan's name stands for, with its checksum. Throws FetcherError and StagerError. */
export async function fromRelease(context: Context, target: Target): Promise<Answer> {
  const { repository } = context.settings.values;
  if (repository === undefined) return declined('release', 'there is none: [release] repository is not set');
  const found = await findRelease(context, repository, target.name);
  if ('kind' in found) return found;
  const { release, why } = found;
  const picked = pickAsset(context, repository, release);
  if ('kind' in picked) return picked;
  const { by, ...proof } = await checksumOf(context, release, picked.asset);
  const named = `release ${release.tag} of ${repository}, ${picked.asset.name}${by}`;
  return { kind: 'offer', source: 'release', url: picked.asset.url, named, why: `${why}; ${picked.why}`, ...proof };
}

type Found = { readonly release: Release; readonly why: string } | Extract<Answer, { kind: 'declined' }>;

async function findRelease(context: Context, repository: string, name: string): Promise<Found> {
  const { before } = context.settings.values;
  const exact = await releaseOf(context, repository, name);
  const releases = exact === undefined ? await releasesOf(context, repository) : [exact];
  if (releases === undefined) {
    return declined(
      'release',
      `${shownAddress(context.settings.values.releaseApi)} knows no repository ${repository}`,
      {
        hint: 'correct [release] repository; one that is not public needs [release] token_file',
      },
    );
  }
  const choice = chooseTag(releases, name, before === undefined ? undefined : utcDate(before));
  if (choice.kind === 'one') {
    const release = releases.find(({ tag }) => tag === choice.tag);
    if (release !== undefined) return { release, why: choice.why };
  }
  const byHand = `write it down: [upgrades.${JSON.stringify(name)}] with url and checksum`;
  if (choice.kind === 'ambiguous') {
    return declined('release', `several releases of ${repository} could be meant: ${choice.tags.join(', ')}`, {
      hint: byHand,
    });
  }
  if (choice.kind === 'one') return declined('release', `release ${choice.tag} of ${repository} is gone`);
  const near = choice.near.length === 0 ? '' : `; near it: ${choice.near.join(', ')}`;
  return declined('release', `in ${repository} ${choice.reason}${near}`, { hint: byHand });
}

/** undefined where there is no such repository. */
async function releasesOf(context: Context, repository: string): Promise<readonly Release[] | undefined> {
  try {
    return await latestReleases(context, repository);
  } catch (error) {
    if (error instanceof FetcherError && error.code === 'FETCHER_NOT_FOUND') return undefined;
    throw error;
  }
}

type Picked = { readonly asset: Asset; readonly why: string } | Extract<Answer, { kind: 'declined' }>;

function pickAsset({ settings, layout }: Context, repository: string, { tag, assets }: Release): Picked {
  const platform = hostPlatform();
  const where = `release ${tag} of ${repository}`;
  const hint = 'name it: [release] asset = "…", where {name}, {os}, {arch} and {version} are filled in';
  const names = assets.map(({ name }) => name);
  const { asset: pattern } = settings.values;
  if (pattern !== undefined) {
    const wanted = fillName(pattern, templateValues(tag, platform));
    const asset = assets.find(({ name }) => name === wanted);
    if (asset !== undefined) return { asset, why: 'named by [release] asset' };
    return declined('release', `${where} has no file ${wanted}, only ${listed(names)}`, { hint });
  }
  const choice = chooseAsset(names, { daemon: layout.daemon, platform, tag, repository });
  if (choice.kind === 'ambiguous') {
    return declined('release', `several files of ${where} could be meant: ${choice.candidates.join(', ')}`, { hint });
  }
  if (choice.kind === 'none') {
    return declined('release', `${where} has no file for ${platform}: ${listed(choice.rejected.map(refused))}`, {
      hint,
    });
  }
  const asset = assets.find(({ name }) => name === choice.name);
  return asset === undefined ? declined('release', `${where} has no file`) : { asset, why: choice.why };
}

function refused({ name, reason }: Rejected): string {
  return `${name} is ${reason}`;
}

function listed(texts: readonly string[]): string {
  if (texts.length === 0) return 'no files at all';
  const rest = texts.length > 10 ? ` and ${texts.length - 10} more` : '';
  return `${texts.slice(0, 10).join(', ')}${rest}`;
}
