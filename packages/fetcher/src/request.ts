import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { isPrivateHost } from './addresses.js';
import { type Connection, connectionTo, notPublic } from './connection.js';
import { FetcherError, reasonOf } from './errors.js';
import type { FetchAccess, FetchLimits } from './options.js';
import { redactUrl } from './redact.js';
import { type Source, takeCredentials } from './source.js';
import type { Watch } from './watch.js';

/** What a server said, after all redirects. */
export interface Answer {
  readonly status: number;
  readonly body: Readable;
  /** Who said it, for messages. */
  readonly shown: string;
  header(name: string): string | undefined;
  close(): Promise<void>;
}

export interface RequestOptions extends Pick<FetchAccess, 'env' | 'headers'> {
  readonly limits: FetchLimits;
  readonly watch: Watch;
  /** Sent to every host on the way. */
  readonly range: Readonly<Record<string, string>>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Asks for a URL and follows redirects by hand: at most as many as the limit, never to one seen before, to another scheme
 * than http and https, from https to http, or from a public host to one that is not. Credentials and the caller's headers
 * go to the first origin only, and no longer once a redirect has left it.
 *
 * Throws FetcherError `FETCHER_REDIRECT_REFUSED`, `FETCHER_NETWORK`, `FETCHER_PROXY_INVALID`, and what the watch says.
 */
export async function request(source: Source, options: RequestOptions): Promise<Answer> {
  const seen = new Set<string>();
  let url = source.url;
  let publicOnly = false;
  let own: Readonly<Record<string, string>> = {
    ...(source.authorization === undefined ? {} : { authorization: source.authorization }),
    ...options.headers,
  };
  for (;;) {
    seen.add(url.href);
    if (publicOnly && isPrivateHost(url)) throw notPublic(url.hostname, url.hostname);
    const { answer, wasPrivate } = await ask(url, { ...options, headers: own, publicOnly });
    const location = REDIRECTS.has(answer.status) ? answer.header('location') : undefined;
    if (location === undefined) return answer;
    await answer.close();

    const next = nextUrl(url, location);
    if (seen.has(next.href)) throw refused(url, next, 'that is a circle');
    if (seen.size > options.limits.redirects) {
      throw refused(url, next, `${options.limits.redirects} redirects were followed already`);
    }
    if (next.origin !== source.url.origin) own = {};
    publicOnly ||= !wasPrivate;
    url = next;
  }
}

interface AskOptions extends RequestOptions {
  readonly publicOnly: boolean;
}

async function ask(url: URL, options: AskOptions): Promise<{ answer: Answer; wasPrivate: boolean }> {
  const { watch } = options;
  const shown = redactUrl(url.href);
  const connection = await connectionTo(url, options);
  const close = (): Promise<void> => connection.dispatcher.destroy();
  try {
    const response = await watch.waiting(`no answer from ${url.host}`, () => send(url, connection, options));
    // Whoever stops reading destroys it, which is told as an error.
    response.body.on('error', () => undefined);
    const header = (name: string): string | undefined => {
      const value = response.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    const answer = { status: response.statusCode, body: response.body, shown, header, close };
    return { answer, wasPrivate: connection.wasPrivate() };
  } catch (error) {
    await close();
    throw networkError(shown, error, watch);
  }
}

async function send(url: URL, { dispatcher }: Connection, options: AskOptions): Promise<Dispatcher.ResponseData> {
  const { request: ask } = await import('undici');
  return ask(url, {
    dispatcher,
    signal: options.watch.signal,
    headersTimeout: 0,
    bodyTimeout: 0,
    // The bytes that the checksum is about: as they are stored.
    headers: {
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'chainvisor',
      ...lower(options.headers),
      ...options.range,
    },
  });
}

function lower(headers: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

/** What broke a request or its body: our own limits, or the network. */
export function networkError(shown: string, error: unknown, watch: Watch): unknown {
  if (watch.signal.aborted) return watch.signal.reason;
  if (error instanceof FetcherError) return error;
  if (error instanceof Error && error.cause instanceof FetcherError) return error.cause;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasonOf(error) || code || 'the connection failed';
  return new FetcherError('FETCHER_NETWORK', `${shown}: ${reason}`, { cause: error, ...wayOut(code, reason) });
}

function wayOut(code: string, reason: string): { transient: boolean; hint: string } {
  // undici has no code for what a proxy says.
  const status = Number(/^Proxy .*\((\d{3})\)/.exec(reason)?.[1]);
  if (status === 407) return { transient: false, hint: 'the proxy wants credentials: http://user:password@host:port' };
  if (status < 500) return { transient: false, hint: 'the proxy refuses to connect there: ask those who run it' };
  if (/CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS|ERR_SSL/.test(code)) {
    const hint = 'its certificate is not trusted here; where that is meant, name the authority in NODE_EXTRA_CA_CERTS';
    return { transient: false, hint };
  }
  return {
    // A header that is none is refused again.
    transient: code !== 'UND_ERR_INVALID_ARG',
    hint: 'check the connection, name resolution and proxy of this machine, and try again',
  };
}

function nextUrl(from: URL, location: string): URL {
  const next = URL.parse(location, from.href);
  if (next === null) {
    const message = `${redactUrl(from.href)} redirects to ${JSON.stringify(redactUrl(location))}, which is no URL`;
    throw new FetcherError('FETCHER_REDIRECT_REFUSED', message);
  }
  // Whoever redirects does not choose what we log in with.
  takeCredentials(next);
  next.hash = '';
  if (next.protocol !== 'http:' && next.protocol !== 'https:') {
    throw refused(from, next, 'only http and https are followed');
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') throw refused(from, next, 'that gives up encryption');
  return next;
}

function refused(from: URL, to: URL, reason: string): FetcherError {
  const message = `${redactUrl(from.href)} redirects to ${redactUrl(to.href)}: ${reason}`;
  return new FetcherError('FETCHER_REDIRECT_REFUSED', message, {
    hint: 'look where it leads, and give the final address yourself',
  });
}
