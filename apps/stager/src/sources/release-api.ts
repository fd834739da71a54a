import { FetcherError, fetchDocument } from '@chainvisor/fetcher';
import { accessOf, type Context, documentLimits } from '../context.js';
import { StagerError } from '../errors.js';
import { shownAddress } from '../settings/shown.js';
import { version } from '../version.js';
import type { ReleaseNote } from './release-tag.js';

/** A file of a release. */
export interface Asset {
  readonly name: string;
  readonly url: string;
  /** Of what lies there, as the API says: `sha256:…`. Only newer ones do. */
  readonly digest: string | undefined;
}

export interface Release extends ReleaseNote {
  readonly assets: readonly Asset[];
}

const perPage = 100;
/** So many pages, the newest releases first, are looked through for a name that is no tag. */
const mostPages = 3;

/** The release whose tag this is; undefined where there is none. Throws FetcherError and StagerError `network`. */
export async function releaseOf(context: Context, repository: string, tag: string): Promise<Release | undefined> {
  try {
    const path = `/repos/${repository}/releases/tags/${encodeURIComponent(tag)}`;
    return readRelease(await ask(context, path)) ?? unreadable(context);
  } catch (error) {
    if (error instanceof FetcherError && error.code === 'FETCHER_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The latest releases, 300 at most. Throws FetcherError and StagerError `network`. */
export async function latestReleases(context: Context, repository: string): Promise<readonly Release[]> {
  const releases: Release[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await ask(context, `/repos/${repository}/releases?per_page=${perPage}&page=${page}`);
    if (!Array.isArray(answer)) return unreadable(context);
    releases.push(...answer.map((each) => readRelease(each) ?? unreadable(context)));
    if (answer.length < perPage) break;
  }
  return releases;
}

async function ask(context: Context, path: string): Promise<unknown> {
  const { settings, token } = context;
  const document = fetchDocument({
    ...accessOf(context),
    url: `${settings.values.releaseApi.replace(/\/+$/, '')}${path}`,
    headers: {
      accept: 'application/json',
      'user-agent': `chainvisor-stager/${version()}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    requireChecksum: false,
    allowWeakChecksum: false,
    limits: documentLimits,
  });
  const { text } = await document.catch((error: unknown) => {
    throw withLimitHint(context, error);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return unreadable(context);
  }
}

/** Says what helps where the API refuses to answer so often: GitHub's does so by 403 and 429. */
function withLimitHint({ token }: Context, error: unknown): unknown {
  if (!(error instanceof FetcherError) || !/: HTTP (?:403|429)$/.test(error.message)) return error;
  const { code, message, transient, cause } = error;
  const hint =
    token === undefined
      ? 'where the API limits how often it is asked, set [release] token_file'
      : 'the API limits how often it is asked, or refuses the token of [release] token_file';
  return new FetcherError(code, message, { hint, transient, cause });
}

function readRelease(value: unknown): Release | undefined {
  const { tag_name: tag, name, draft, prerelease, published_at: published, assets } = recordOf(value);
  if (typeof tag !== 'string' || tag === '' || !Array.isArray(assets)) return undefined;
  const date = typeof published === 'string' ? new Date(published) : undefined;
  return {
    tag,
    title: typeof name === 'string' ? name : '',
    draft: draft === true,
    prerelease: prerelease === true,
    published: date === undefined || Number.isNaN(date.getTime()) ? undefined : date,
    assets: assets.flatMap(readAsset),
  };
}

function readAsset(value: unknown): Asset[] {
  const { name, browser_download_url: url, digest } = recordOf(value);
  if (typeof name !== 'string' || typeof url !== 'string') return [];
  return [{ name, url, digest: typeof digest === 'string' ? digest : undefined }];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function unreadable({ settings }: Context): never {
  throw new StagerError('network', `${shownAddress(settings.values.releaseApi)} does not answer as a release API`, {
    hint: 'set [release] api to the address under which /repos/<owner>/<name>/releases is found',
  });
}
