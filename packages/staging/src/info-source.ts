import { fetchDocument, type FetchAccess, type FetchLimits } from '@chainvisor/fetcher';
import { binaryFor, parseInfo, type PlanInfo } from '@chainvisor/plan';
import { StagingError } from './errors.js';

/** Where a binary comes from. */
export interface BinarySource {
  /** As the source gave it, a `checksum` query included. */
  readonly url: string;
  /** In go-getter's forms, where the source tells it beside the URL. */
  readonly checksum?: string;
  /** Who named it, for people: `the plan's info, linux/amd64`. */
  readonly named: string;
}

export interface InfoOptions extends FetchAccess {
  /** As `hostPlatform` names it. */
  readonly platform: string;
  /** Whether a reference must carry a checksum too: whoever may change it names the binary. */
  readonly requireChecksum: boolean;
  readonly allowWeakChecksum: boolean;
  readonly limits: FetchLimits;
}

/**
 * The binary that a plan's info names for this platform. A reference is fetched, once: what it refers to must name the
 * binaries itself.
 *
 * Throws StagingError `STAGING_NO_BINARY`, `STAGING_INFO_UNUSABLE`, and FetcherError.
 */
export async function sourceOfInfo(info: string, options: InfoOptions): Promise<BinarySource> {
  const parsed = parseInfo(info);
  if (parsed.kind !== 'reference') return chosen(parsed, "the plan's info", options.platform);
  const document = await fetchDocument({ ...options, url: parsed.url });
  return chosen(parseInfo(document.text), `${document.source}, which the plan's info refers to`, options.platform);
}

function chosen(info: PlanInfo, where: string, platform: string): BinarySource {
  switch (info.kind) {
    case 'binaries': {
      const found = binaryFor(info, platform);
      if (found !== undefined) return { url: found.url, named: `${where}, ${found.key}` };
      const keys = [...info.binaries.keys()].join(', ');
      throw none(`${where} names no binary for ${platform}${keys === '' ? '' : `, only for ${keys}`}`);
    }
    case 'empty':
      throw none(`${where} is empty`);
    case 'prose':
      throw none(`${where} is text that names no binary: ${JSON.stringify(excerpt(info.text))}`);
    case 'broken':
      throw new StagingError('STAGING_INFO_UNUSABLE', `${where} is broken JSON: ${info.reason}`, { hint: byHand });
    case 'reference':
      throw new StagingError('STAGING_INFO_UNUSABLE', `${where}, refers to yet another document`, { hint: byHand });
  }
}

const byHand = 'put the binary in its place by hand, or tell the stager where it is';

function none(message: string): StagingError {
  return new StagingError('STAGING_NO_BINARY', message, { hint: byHand });
}

function excerpt(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
