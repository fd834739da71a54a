import { lookup as resolve, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { isPrivateAddress, isPrivateHost } from './addresses.js';
import { FetcherError } from './errors.js';
import { proxyFor } from './proxy.js';

/** A way to one host, for one request. */
export interface Connection {
  readonly dispatcher: Dispatcher;
  /** Whether that host is none of the public Internet; known once the request was answered. */
  wasPrivate(): boolean;
}

export interface ConnectionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Refuses to connect to a host that is not public; the check is made on the address that is connected to. */
  readonly publicOnly: boolean;
}

/**
 * Goes through the proxy that the environment names. A proxy resolves names itself, so of a host behind one only the
 * spelling is known. Throws FetcherError `FETCHER_PROXY_INVALID`.
 */
export async function connectionTo(url: URL, { env, publicOnly }: ConnectionOptions): Promise<Connection> {
  const proxy = proxyFor(url, env);
  const { Agent, ProxyAgent } = await import('undici');
  if (proxy !== undefined) {
    const dispatcher = new ProxyAgent({ uri: proxy.href, ...COMMON });
    return { dispatcher, wasPrivate: () => isPrivateHost(url) };
  }
  const addresses: string[] = [];
  const dispatcher = new Agent({ connect: { lookup: watchedLookup(addresses, publicOnly) }, ...COMMON });
  return { dispatcher, wasPrivate: () => isPrivateHost(url) || addresses.some(isPrivateAddress) };
}

/** An attempt has its own clock, which can tell what it waited for. HTTP/2 gains nothing for a single request. */
const COMMON = { connectTimeout: 0, allowH2: false };

function watchedLookup(seen: string[], publicOnly: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[] | undefined) => {
      const addresses = found ?? [];
      seen.push(...addresses.map(({ address }) => address));
      const inside = addresses.find(({ address }) => isPrivateAddress(address));
      if (error !== null) callback(error, []);
      else if (publicOnly && inside !== undefined) callback(notPublic(hostname, inside.address), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
}

/** A public host must not lead to what only this machine or its network can reach. */
export function notPublic(host: string, address: string): FetcherError {
  const which = host === address ? host : `${host} (${address})`;
  return new FetcherError('FETCHER_REDIRECT_REFUSED', `a public host redirects to ${which}, which is not public`, {
    hint: 'if that is meant, give the address it leads to yourself',
  });
}
