/** The assets of one release, and which of them is the node's binary for a platform. */
export interface ReleaseSample {
  readonly chain: string;
  readonly daemon: string;
  readonly repository: string;
  readonly tag: string;
  /** Default `linux/amd64`. */
  readonly platform?: string;
  readonly assets: readonly string[];
  /** The asset; several where no name tells which; none where the release has none for us. */
  readonly right: string | readonly string[];
}

const gaia = (version: string) =>
  ['darwin-amd64', 'darwin-arm64', 'linux-amd64', 'linux-arm64', 'windows-amd64.exe', 'windows-arm64.exe']
    .map((platform) => `gaiad-v${version}-${platform}`)
    .concat(`SHA256SUMS-v${version}.txt`);

/** Every row of the facts on release layouts (peers.md, 4.2), in its order. */
export const rowsOfFacts: readonly ReleaseSample[] = [
  {
    chain: 'gaia',
    daemon: 'gaiad',
    repository: 'cosmos/gaia',
    tag: 'v18.1.0',
    assets: gaia('18.1.0'),
    right: 'gaiad-v18.1.0-linux-amd64',
  },
  {
    chain: 'osmosis, raw and tar.gz',
    daemon: 'osmosisd',
    repository: 'osmosis-labs/osmosis',
    tag: 'v31.0.0',
    assets: [
      'osmosisd-31.0.0-linux-amd64',
      'osmosisd-31.0.0-linux-amd64.tar.gz',
      'osmosisd-31.0.0-linux-arm64',
      'osmosisd-31.0.0-linux-arm64.tar.gz',
      'sha256sum.txt',
    ],
    right: 'osmosisd-31.0.0-linux-amd64',
  },
  {
    chain: 'paloma',
    daemon: 'palomad',
    repository: 'palomachain/paloma',
    tag: 'v2.4.15',
    assets: ['checksums.txt', 'paloma_Linux_x86_64.tar.gz'],
    right: 'paloma_Linux_x86_64.tar.gz',
  },
  {
    chain: 'juno, one name for all',
    daemon: 'junod',
    repository: 'CosmosContracts/juno',
    tag: 'v29.0.0',
    assets: ['junod', 'junod_sha256.txt'],
    right: 'junod',
  },
  {
    chain: 'stride, source only',
    daemon: 'strided',
    repository: 'Stride-Labs/stride',
    tag: 'v31.0.0',
    assets: [],
    right: [],
  },
  {
    chain: 'celestia, beside a standalone build',
    daemon: 'celestia-appd',
    repository: 'celestiaorg/celestia-app',
    tag: 'v4.0.0',
    assets: [
      'celestia-app-standalone_Darwin_arm64.tar.gz',
      'celestia-app-standalone_Darwin_x86_64.tar.gz',
      'celestia-app-standalone_Linux_arm64.tar.gz',
      'celestia-app-standalone_Linux_x86_64.tar.gz',
      'celestia-app_Darwin_arm64.tar.gz',
      'celestia-app_Darwin_x86_64.tar.gz',
      'celestia-app_Linux_arm64.tar.gz',
      'celestia-app_Linux_x86_64.tar.gz',
      'checksums.txt',
    ],
    right: 'celestia-app_Linux_x86_64.tar.gz',
  },
  {
    chain: 'injective, no name of a program',
    daemon: 'injectived',
    repository: 'InjectiveLabs/injective-chain-releases',
    tag: 'v1.13.2-1723753267',
    assets: ['darwin-amd64.zip', 'darwin-arm64.zip', 'linux-amd64.zip'],
    right: 'linux-amd64.zip',
  },
  {
    chain: 'dydx, a tag with a path',
    daemon: 'dydxprotocold',
    repository: 'dydxprotocol/v4-chain',
    tag: 'protocol/v5.0.5',
    assets: ['dydxprotocold-v5.0.5-linux-amd64.tar.gz', 'dydxprotocold-v5.0.5-linux-arm64.tar.gz'],
    right: 'dydxprotocold-v5.0.5-linux-amd64.tar.gz',
  },
  {
    chain: 'neutron, a word in the tag',
    daemon: 'neutrond',
    repository: 'neutron-org/neutron',
    tag: 'v4.0.1-rpc',
    assets: ['neutrond-linux-amd64'],
    right: 'neutrond-linux-amd64',
  },
  {
    chain: 'akash',
    daemon: 'akash',
    repository: 'akash-network/node',
    tag: 'v0.36.0',
    assets: [
      'akash_0.36.0_checksums.txt',
      'akash_0.36.0_linux_amd64.deb',
      'akash_0.36.0_linux_arm64.rpm',
      'akash_darwin_all.zip',
      'akash_linux_amd64.zip',
      'akash_linux_arm64.zip',
    ],
    right: 'akash_linux_amd64.zip',
  },
  {
    chain: 'noble',
    daemon: 'nobled',
    repository: 'noble-assets/noble',
    tag: 'v11.2.0',
    assets: ['nobled_darwin-arm64', 'nobled_linux-amd64', 'nobled_linux-arm64', 'nobled_sha256.txt'],
    right: 'nobled_linux-amd64',
  },
  {
    chain: 'sei, source only',
    daemon: 'seid',
    repository: 'sei-protocol/sei-chain',
    tag: 'v6.3.1',
    assets: [],
    right: [],
  },
  {
    chain: 'axelar, the version last',
    daemon: 'axelard',
    repository: 'axelarnetwork/axelar-core',
    tag: 'v0.35.5',
    assets: [
      'axelard-darwin-amd64-v0.35.5',
      'axelard-darwin-arm64-v0.35.5',
      'axelard-linux-amd64-v0.35.5',
      'axelard-linux-amd64-v0.35.5.asc',
      'axelard-linux-arm64-v0.35.5',
    ],
    right: 'axelard-linux-amd64-v0.35.5',
  },
  {
    chain: 'xion, beside a list of binaries',
    daemon: 'xiond',
    repository: 'burnt-labs/xion',
    tag: 'v20.0.0',
    assets: [
      'binaries.json',
      'xiond_20.0.0_checksums.txt',
      'xiond_20.0.0_darwin_all.tar.gz',
      'xiond_20.0.0_linux_amd64.tar.gz',
      'xiond_20.0.0_linux_arm64.tar.gz',
    ],
    right: 'xiond_20.0.0_linux_amd64.tar.gz',
  },
  {
    chain: 'likecoin, named after its repository',
    daemon: 'liked',
    repository: 'likecoin/likecoin-chain',
    tag: 'v4.2.0',
    assets: [
      'likecoin-chain_4.2.0_Darwin_x86_64.tar.gz',
      'likecoin-chain_4.2.0_Linux_arm64.tar.gz',
      'likecoin-chain_4.2.0_Linux_x86_64.tar.gz',
      'likecoin-chain_4.2.0_checksums.txt',
    ],
    right: 'likecoin-chain_4.2.0_Linux_x86_64.tar.gz',
  },
  {
    chain: 'provenance, a word as plan',
    daemon: 'provenanced',
    repository: 'provenance-io/provenance',
    tag: 'v1.19.1',
    assets: [
      'plan-v1.19.1.json',
      'provenance-linux-amd64-v1.19.1.zip',
      'provenance-linux-arm64-v1.19.1.zip',
      'sha256sum.txt',
    ],
    right: 'provenance-linux-amd64-v1.19.1.zip',
  },
  {
    chain: 'secret, packages only',
    daemon: 'secretd',
    repository: 'scrtlabs/SecretNetwork',
    tag: 'v1.15.0',
    assets: [
      'secretnetwork_1.15.0_mainnet_goleveldb_amd64_ubuntu-22.04.deb',
      'secretnetwork_1.15.0_mainnet_rocksdb_amd64_ubuntu-22.04.deb',
    ],
    right: [],
  },
  {
    chain: 'lava, beside a second program',
    daemon: 'lavad',
    repository: 'lavanet/lava',
    tag: 'v5.2.0',
    assets: [
      'lavad-v5.2.0-linux-amd64.zip',
      'lavad-v5.2.0-linux-arm64.zip',
      'lavap-v5.2.0-linux-amd64.zip',
      'lavap-v5.2.0-linux-arm64.zip',
    ],
    right: 'lavad-v5.2.0-linux-amd64.zip',
  },
  {
    chain: 'gravity',
    daemon: 'gravity',
    repository: 'Gravity-Bridge/Gravity-Bridge',
    tag: 'v1.13.2',
    assets: ['gbt', 'gravity-linux-amd64', 'orchestrator', 'test-runner'],
    right: 'gravity-linux-amd64',
  },
  {
    chain: 'agoric, source only',
    daemon: 'agd',
    repository: 'Agoric/agoric-sdk',
    tag: 'agoric-upgrade-18',
    assets: [],
    right: [],
  },
];
