import type { Answer } from './request.js';

/** What `Content-Range` says of a 206; undefined unless it is one whole range with a known total. */
export function readContentRange(value: string | undefined): { start: number; end: number; total: number } | undefined {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(value?.trim() ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), end: Number(end), total: Number(total) };
}

/** A date counts as exact only when it was past for this long: a file may change twice within a second (RFC 9110 §8.8.2.2). */
const SETTLED_MS = 60_000;

/** What `If-Range` can hold the server to: a strong ETag, or a date that is exact; undefined where there is none. */
export function validatorOf(answer: Answer): string | undefined {
  if (answer.header('accept-ranges')?.trim().toLowerCase() === 'none') return undefined;
  const etag = answer.header('etag')?.trim();
  if (etag !== undefined) return etag.startsWith('"') ? etag : undefined;
  const modified = answer.header('last-modified');
  const age = Date.parse(answer.header('date') ?? '') - Date.parse(modified ?? '');
  return age >= SETTLED_MS ? modified : undefined;
}
