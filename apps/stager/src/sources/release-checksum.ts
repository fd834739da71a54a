import { type Digest, FetcherError, parseChecksum } from '@chainvisor/fetcher';
import type { Context } from '../context.js';
import { StagerError } from '../errors.js';
import { isTransient } from '../report-error.js';
import type { Offer } from './answer.js';
import { checksumFiles } from './checksum-files.js';
import { digestInFile, strong, textOf } from './digest.js';
import type { Asset, Release } from './release-api.js';

/** What is published for an asset. */
type Proof = Pick<Offer, 'digest' | 'unproven' | 'warnings'> & {
  /** Who tells the checksum, for people; empty where nobody does. */
  readonly by: string;
};

/**
 * What the release's lists of checksums say, and what its API says of the file. Both come from whoever may change the
 * release; where both are there, a file that was replaced shows as their difference.
 *
 * Throws StagerError `source` for such a difference; FetcherError for an abort, and where neither says anything and a list
 * may do so later: the server or the network failed.
 */
export async function checksumOf(context: Context, { tag, assets }: Release, asset: Asset): Promise<Proof> {
  const reported = strong(context, readDigest(asset.digest));
  const failures: FetcherError[] = [];
  const silent: string[] = [];
  for (const name of namesOfLists(assets, asset)) {
    const list = assets.find((each) => each.name === name);
    const found = list === undefined ? undefined : await listedIn(context, list, asset);
    if (found instanceof FetcherError) {
      failures.push(found);
      silent.push(found.message);
      continue;
    }
    const listed = strong(context, found);
    if (listed === undefined) {
      if (found !== undefined) silent.push(`${name} has only ${found.algorithm}, which proves nothing`);
      continue;
    }
    if (reported?.algorithm === listed.algorithm && reported.hex !== listed.hex) {
      throw new StagerError('source', `release ${tag} contradicts itself about ${asset.name}`, {
        reason: `${name} says ${textOf(listed)}, but what lies there is ${textOf(reported)}`,
        hint: 'it was replaced after its checksum was published, or the list is of another build: ask those who released it',
      });
    }
    return { digest: listed, by: `, checksum by ${name}` };
  }
  if (reported !== undefined) {
    const warnings = silent.map((each) => `${each}; the checksum that the release API tells was used`);
    return { digest: reported, by: ', checksum by the release API', warnings };
  }
  const failure = failures.find(isTransient);
  if (failure !== undefined) throw failure;
  return { digest: undefined, by: '', ...(silent.length === 0 ? {} : { unproven: silent.join('; ') }) };
}

function namesOfLists(assets: readonly Asset[], asset: Asset): readonly string[] {
  return checksumFiles(
    assets.map(({ name }) => name),
    asset.name,
  );
}

/** What a list says of an asset, or why it says nothing. Throws FetcherError for an abort. */
async function listedIn(context: Context, list: Asset, asset: Asset): Promise<Digest | FetcherError> {
  try {
    return await digestInFile(context, list.url, [asset.name]);
  } catch (error) {
    if (!(error instanceof FetcherError) || error.code === 'FETCHER_ABORTED') throw error;
    return error;
  }
}

function readDigest(text: string | undefined): Digest | undefined {
  try {
    const checksum = text === undefined ? undefined : parseChecksum(text);
    return checksum === undefined || 'file' in checksum ? undefined : checksum;
  } catch {
    return undefined;
  }
}
