import { FetcherError, type FetcherErrorOptions } from './errors.js';
import type { Answer } from './request.js';

const LONGEST_RETRY_AFTER = 120_000;

/** An answer that is no success, as the error to throw. */
export function statusError(answer: Answer): FetcherError {
  const { status, shown } = answer;
  if (status === 404 || status === 410) {
    return new FetcherError('FETCHER_NOT_FOUND', `${shown}: not found (HTTP ${status})`, {
      hint: 'compare the address with the release: the file may have another name, or not be published yet',
    });
  }
  const transient = status >= 500 || status === 408 || status === 425 || status === 429;
  const retryAfter = retryAfterOf(answer);
  const options: FetcherErrorOptions = {
    transient,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...hintFor(status),
  };
  return new FetcherError('FETCHER_STATUS', `${shown}: HTTP ${status}`, options);
}

function hintFor(status: number): { hint?: string } {
  if (status === 401 || status === 403) return { hint: 'the server wants credentials, or has refused these' };
  return status >= 500 || status === 429 ? { hint: 'the server has trouble: try again later' } : {};
}

function retryAfterOf(answer: Answer): number | undefined {
  const value = answer.header('retry-after');
  if (value === undefined) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER);
}
