/** What a word of an asset's name says about the machine that the asset is for. */
const systems: Readonly<Record<string, string>> = {
  linux: 'linux',
  linux64: 'linux',
  linux32: 'linux',
  ubuntu: 'linux',
  debian: 'linux',
  alpine: 'linux',
  darwin: 'darwin',
  macos: 'darwin',
  mac: 'darwin',
  osx: 'darwin',
  apple: 'darwin',
  windows: 'windows',
  win: 'windows',
  win32: 'windows',
  win64: 'windows',
  mingw: 'windows',
  freebsd: 'freebsd',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  dragonfly: 'dragonfly',
  solaris: 'solaris',
  android: 'android',
  ios: 'ios',
};

const architectures: Readonly<Record<string, string>> = {
  amd64: 'amd64',
  amd64v1: 'amd64',
  x64: 'amd64',
  x8664: 'amd64',
  linux64: 'amd64',
  win64: 'amd64',
  '64bit': 'amd64',
  arm64: 'arm64',
  arm64v8: 'arm64',
  aarch64: 'arm64',
  armv8: 'arm64',
  arm: 'arm',
  armhf: 'arm',
  armv5: 'arm',
  armv6: 'arm',
  armv7: 'arm',
  armv7l: 'arm',
  '386': '386',
  i386: '386',
  i686: '386',
  x86: '386',
  ia32: '386',
  linux32: '386',
  win32: '386',
  '32bit': '386',
  ppc64: 'ppc64',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
  loongarch64: 'loong64',
  mips: 'mips',
  mips64: 'mips64',
  mips64le: 'mips64le',
  mipsle: 'mipsle',
};

/** How the same program was built: such an asset is taken where there is no plain one. */
const builds = new Set([
  'bin',
  'binary',
  'cgo',
  'daemon',
  'glibc',
  'gnu',
  'goleveldb',
  'ledger',
  'mainnet',
  'musl',
  'muslc',
  'netgo',
  'nocgo',
  'pc',
  'pebble',
  'pebbledb',
  'release',
  'rocksdb',
  'stable',
  'static',
  'stripped',
  'unknown',
]);

/** Words of what must not be run as the node, with what it is. */
const refused: Readonly<Record<string, string>> = {
  standalone: 'a standalone build',
  debug: 'a debug build',
  dbg: 'a debug build',
  race: 'a build with the race detector',
  nightly: 'a nightly build',
  testnet: 'for a testnet',
  devnet: 'for a devnet',
  localnet: 'for a local network',
  source: 'source code',
  sources: 'source code',
  src: 'source code',
  vendor: 'source code',
  docs: 'documentation',
  swagger: 'documentation',
  proto: 'protocol definitions',
  genesis: 'a genesis file',
  snapshot: 'a snapshot',
  contracts: 'contracts',
  checksum: 'checksums',
  checksums: 'checksums',
  sha256sum: 'checksums',
  sha256sums: 'checksums',
  sha512sums: 'checksums',
  symbols: 'debug symbols',
};

/** What the words of a name say. */
export interface Spoken {
  /** Go's names of them; undefined where no word tells. */
  readonly os: string | undefined;
  readonly arch: string | undefined;
  /** Why it is not for us, whatever the machine. */
  readonly refusal: string | undefined;
  /** What is left: the program's name and how it was built. */
  readonly rest: readonly string[];
}

/** Sorts the words of a name, without its ending and version, in lower case. The last word on a machine counts. */
export function sortWords(words: readonly string[]): Spoken {
  let os: string | undefined;
  let arch: string | undefined;
  let refusal: string | undefined;
  const rest: string[] = [];
  for (const word of words) {
    const system = lookUp(systems, word);
    const architecture = lookUp(architectures, word);
    os = system ?? os;
    arch = architecture ?? arch;
    refusal ??= lookUp(refused, word);
    // The number of a distribution's release stands behind its name.
    if (system !== undefined || architecture !== undefined || /^\d+$/.test(word)) continue;
    rest.push(word);
  }
  return { os, arch, refusal, rest };
}

/** Whether a word tells how a program was built, not which it is. */
export function tellsBuild(word: string): boolean {
  return builds.has(word);
}

function lookUp(table: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
