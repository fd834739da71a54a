import { createHash } from 'node:crypto';
import { bytesOf } from './bytes.ts';
import type { Release, ReleaseRequest, Reply } from './types.ts';

/** GitHub's bounds of `per_page`. */
const [PAGE, LARGEST_PAGE] = [30, 100];

/** Where an asset is downloaded from: a slash in the tag is part of its name. */
export function assetPath({ repository, tag }: Release, name: string): string {
  return `/${repository}/releases/download/${encodeURIComponent(tag)}/${encodeURIComponent(name)}`;
}

/** What `GET /repos/<repository>/releases/tags/<tag>` answers; the fields that tell what there is and where. */
export function releaseJson(release: Release, url: string): object {
  const { repository, tag, prerelease = false } = release;
  const published = publishedAt(release)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  return {
    url: `${url}/repos/${repository}/releases/tags/${tag}`,
    html_url: `${url}/${repository}/releases/tag/${encodeURIComponent(tag)}`,
    tag_name: tag,
    name: tag,
    draft: false,
    prerelease,
    created_at: published,
    published_at: published,
    assets: Object.entries(release.assets).map(([name, asset]) => {
      const body = bytesOf(asset);
      return {
        name,
        state: 'uploaded',
        content_type: 'application/octet-stream',
        size: body.length,
        digest: release.digests === false ? null : `sha256:${createHash('sha256').update(body).digest('hex')}`,
        created_at: published,
        updated_at: published,
        browser_download_url: url + assetPath(release, name),
      };
    }),
  };
}

/** What `GET /repos/<repository>/releases` answers: a page of it, the latest first, with a link to the next. */
export function releasesPage(releases: readonly Release[], request: ReleaseRequest, url: string): Reply {
  const asked = new URL(request.path, url);
  const size = Math.min(Number(asked.searchParams.get('per_page') ?? PAGE), LARGEST_PAGE);
  const page = Number(asked.searchParams.get('page') ?? 1);
  const sorted = releases.toSorted((a, b) => publishedAt(b).getTime() - publishedAt(a).getTime());
  const json = sorted.slice((page - 1) * size, page * size).map((release) => releaseJson(release, url));
  if (sorted.length <= page * size) return { json };
  asked.searchParams.set('page', String(page + 1));
  return { json, headers: { link: `<${asked.href}>; rel="next"` } };
}

function publishedAt(release: Release): Date {
  return release.published ?? new Date();
}
