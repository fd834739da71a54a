import { type Digest, fetchDocument, parseChecksum, parseChecksumFile, redactUrl } from '@chainvisor/fetcher';
import { accessOf, type Context, documentLimits } from '../context.js';
import { StagerError } from '../errors.js';

/**
 * What a download must have, looked up where it stands in a list of checksums: given beside the URL, or in its `checksum`
 * parameter. undefined where neither says anything, or only what proves nothing.
 *
 * Throws FetcherError, and StagerError `source` where both are there and differ.
 */
export async function digestOf(
  context: Context,
  offered: { readonly url: string; readonly checksum?: string | undefined },
): Promise<Digest | undefined> {
  const inUrl = URL.parse(offered.url)?.searchParams.get('checksum') ?? undefined;
  const digests: Digest[] = [];
  for (const text of [offered.checksum, inUrl]) {
    if (text === undefined || text === '') continue;
    digests.push(await resolve(context, text, offered.url));
  }
  const [first, second] = digests;
  if (first !== undefined && second?.algorithm === first.algorithm && second.hex !== first.hex) {
    throw new StagerError('source', `two checksums are given for ${redactUrl(offered.url)}`, {
      reason: `${textOf(first)} beside the address, ${textOf(second)} in it`,
      hint: 'find out which one is right, and leave that',
    });
  }
  return strong(context, second) ?? strong(context, first);
}

async function resolve(context: Context, text: string, url: string): Promise<Digest> {
  const checksum = parseChecksum(text);
  if (!('file' in checksum)) return checksum;
  return digestInFile(context, checksum.file, namesIn(url));
}

/** The hash that a list of checksums has for one of these names, the best one first. Throws FetcherError. */
export async function digestInFile(context: Context, url: string, names: readonly string[]): Promise<Digest> {
  const document = await fetchDocument({
    ...accessOf(context),
    url,
    requireChecksum: false,
    allowWeakChecksum: true,
    limits: documentLimits,
  });
  return parseChecksumFile(document.text, names, document.source);
}

/** undefined for md5 and sha1, with which other files can be made, unless the operator lets them count. */
export function strong({ settings }: Context, digest: Digest | undefined): Digest | undefined {
  const isWeak = digest?.algorithm === 'md5' || digest?.algorithm === 'sha1';
  return isWeak && !settings.values.allowWeakChecksum ? undefined : digest;
}

/** As checksums are written: `sha256:…`. */
export function textOf({ algorithm, hex }: Digest): string {
  return `${algorithm}:${hex}`;
}

/** What the file at an address may be called in a list: its base name, then its path. */
export function namesIn(url: string): readonly string[] {
  const path = decoded(URL.parse(url)?.pathname ?? '').replace(/^\/+/, '');
  return [...new Set([path.slice(path.lastIndexOf('/') + 1), path])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
