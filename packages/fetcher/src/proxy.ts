import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from './addresses.js';
import { FetcherError } from './errors.js';
import { redactUrl } from './redact.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL, as Go programs read it (golang.org/x/net/http/httpproxy), so that what
 * serves the node serves this: `HTTP_PROXY` for http only, `HTTPS_PROXY` for https, the spelling in capitals first, this
 * very host never through one. `NO_PROXY` lists domains with their subdomains (`.domain` and `*.domain`: these alone),
 * addresses and networks (`10.0.0.0/8`), each with a port or without, and `*` for all.
 *
 * Throws FetcherError `FETCHER_PROXY_INVALID`.
 */
export function proxyFor(url: URL, env: Env): URL | undefined {
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = valueOf(env, variable);
  if (value === '' || isLoopbackHost(url)) return undefined;
  if (
    valueOf(env, 'NO_PROXY')
      .split(',')
      .some((entry) => matches(entry.trim().toLowerCase(), url))
  )
    return undefined;
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.parse(address);
  if (proxy !== null && /^https?:$/.test(proxy.protocol)) return proxy;
  throw new FetcherError(
    'FETCHER_PROXY_INVALID',
    `${variable} names no HTTP proxy: ${JSON.stringify(redactUrl(address))}`,
    {
      hint: 'write http://host:port; SOCKS proxies are not used',
    },
  );
}

function valueOf(env: Env, name: string): string {
  return (env[name] ?? '').trim() || (env[name.toLowerCase()] ?? '').trim();
}

function matches(entry: string, url: URL): boolean {
  if (entry === '' || entry === '*') return entry === '*';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const [, network, prefix] = /^([\da-f.:]+)\/(\d+)$/.exec(entry) ?? [];
  if (network !== undefined) return isWithin(host, network, Number(prefix));

  // An address of IPv6 without brackets has colons of its own.
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? ['', entry];
  if (port !== undefined && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false;
  const wanted = name.replace(/^\[(.*)\]$/, '$1').replace(/^\*\./, '.');
  if (wanted === '') return false;
  if (isIP(wanted) !== 0) return isWithin(host, wanted, isIP(wanted) === 6 ? 128 : 32);
  return host.endsWith(wanted.startsWith('.') ? wanted : `.${wanted}`) || host === wanted;
}

function isWithin(host: string, network: string, prefix: number): boolean {
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || prefix > (version === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  const family = version === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(network, prefix, family);
  return list.check(host, family);
}
