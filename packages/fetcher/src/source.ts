import { FetcherError } from './errors.js';
import { kindOfName, kindOfParameter, type Kind } from './kind.js';
import { redactUrl } from './redact.js';

/** A URL as plans write it, taken apart. */
export interface Source {
  /** What is requested: without go-getter's parameters and without credentials. */
  readonly url: URL;
  /** `Authorization` for the credentials that the URL carried. */
  readonly authorization: string | undefined;
  /** As messages show it. */
  readonly shown: string;
  /** The value of its `checksum` parameter. */
  readonly checksum: string | undefined;
  /** What its `archive` parameter asks for. */
  readonly asked: Kind | undefined;
}

/**
 * Takes `checksum` and `archive` out of a URL, as go-getter does, and leaves every other byte of the query as it is: it may
 * be signed. Forced getters (`git::`), other schemes and local paths are refused by name.
 *
 * Throws FetcherError `FETCHER_URL_INVALID`, `FETCHER_SCHEME_UNSUPPORTED`, `FETCHER_CHECKSUM_INVALID` (two of them that
 * differ), `FETCHER_KIND_UNSUPPORTED`.
 */
export function parseSource(text: string): Source {
  const trimmed = text.trim();
  const forced = /^([a-z\d]+)::/i.exec(trimmed);
  if (forced !== null) throw unsupported(trimmed, `${String(forced[1])}:: sources are not fetched`);
  if (/^(?:\.{0,2}\/|~)/.test(trimmed)) throw unsupported(trimmed, 'a local path is not fetched');
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw unsupported(trimmed, `${scheme}: addresses are not fetched`);
  }
  const url = URL.parse(trimmed);
  if (url === null) {
    throw new FetcherError('FETCHER_URL_INVALID', `${JSON.stringify(redactUrl(trimmed))} is not a URL`, {
      hint: 'give a complete address: https://host/path',
    });
  }

  const authorization = takeCredentials(url);
  const checksum = only(takeParameter(url, 'checksum'), 'checksum', url);
  const archive = only(takeParameter(url, 'archive'), 'archive', url);
  url.hash = '';
  return {
    url,
    authorization,
    shown: redactUrl(url.href),
    checksum,
    asked: archive === undefined ? undefined : kindOfParameter(archive),
  };
}

/** What the file may be called in a list of checksums: its base name, then its path. */
export function namesOf(url: URL): readonly string[] {
  const path = decoded(url.pathname).replace(/^\/+/, '');
  // A tag such as protocol/v5.0.5 is one part of the path on GitHub, written with %2F.
  return [...new Set([path.slice(path.lastIndexOf('/') + 1), path])];
}

/** What the name in the URL promises. Throws FetcherError `FETCHER_KIND_UNSUPPORTED`. */
export function promisedKind(source: Source): Kind | undefined {
  return source.asked ?? kindOfName(namesOf(source.url)[0] ?? '');
}

/** Removes user and password from a URL, and returns the header that they stand for. */
export function takeCredentials(url: URL): string | undefined {
  const { username, password } = url;
  if (username === '' && password === '') return undefined;
  url.username = '';
  url.password = '';
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function takeParameter(url: URL, name: string): string[] {
  if (url.search === '') return [];
  const parameters = url.search.slice(1).split('&');
  const isIt = (parameter: string): boolean => decoded(parameter.split('=', 1)[0] ?? '') === name;
  const values = parameters.filter(isIt).map((parameter) => decoded(parameter.replace(/^[^=]*=?/, '')));
  if (values.length > 0) url.search = parameters.filter((parameter) => !isIt(parameter)).join('&');
  return values.filter((value) => value !== '');
}

function only(values: readonly string[], name: 'checksum' | 'archive', url: URL): string | undefined {
  if (new Set(values).size > 1) {
    throw new FetcherError(
      name === 'checksum' ? 'FETCHER_CHECKSUM_INVALID' : 'FETCHER_URL_INVALID',
      `${redactUrl(url.href)} has ${values.length} ${name} parameters`,
      {
        hint: 'leave one of them',
      },
    );
  }
  return values[0];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unsupported(url: string, reason: string): FetcherError {
  return new FetcherError('FETCHER_SCHEME_UNSUPPORTED', `${JSON.stringify(redactUrl(url))}: ${reason}`, {
    hint: 'only http:// and https:// addresses are fetched; put a file that is here already, or comes another way, in place by hand',
  });
}
