import { BlockList, isIP } from 'node:net';

/** What IANA's special-purpose registries reserve for this host, this network, or nobody. */
const RESERVED: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const reserved = new BlockList();
for (const [network, prefix] of RESERVED) reserved.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');

/** Whether an IP address is not one of the public Internet: loopback, private, link-local, multicast, reserved. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  const version = isIP(plain);
  return version !== 0 && reserved.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

/** The same of a URL's host, as far as its spelling tells: an address, or a name of this host. */
export function isPrivateHost(url: URL): boolean {
  const host = bareHost(url);
  return isPrivateAddress(host) || /^(?:.+\.)?localhost\.?$/.test(host);
}

/** Whether a URL names this very host by its spelling. */
export function isLoopbackHost(url: URL): boolean {
  const host = bareHost(url);
  return /^(?:127\.[\d.]+|::1|(?:.+\.)?localhost\.?)$/.test(host);
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
