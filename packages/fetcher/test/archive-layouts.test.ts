import { fakeElf, type TarEntry, tarArchive, zipArchive } from '@chainvisor/testkit';
import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fetched, tarGz } from './binaries.js';
import { failure } from './network.js';

const bin = (path: string): TarEntry => ({ path, content: fakeElf(path), mode: 0o755 });
const texts = (...paths: readonly string[]): TarEntry[] => paths.map((path) => ({ path, content: `${path}\n` }));
const dir = (path: string): TarEntry => ({ path, type: '5' });

interface Release {
  readonly chain: string;
  readonly daemon: string;
  readonly asset: string;
  readonly body: Uint8Array;
  readonly kind: string;
  readonly member?: string;
  readonly libraries?: readonly string[];
  readonly others?: readonly string[];
}

const wasmvm = ['libwasmvm.x86_64.so', 'libwasmvm.aarch64.so', 'libwasmvm.so'];

/** As the chains publish them: the asset's name, and what is where in it. */
const released: readonly Release[] = [
  { chain: 'gaia', daemon: 'gaiad', asset: 'gaiad-v25.1.0-linux-amd64', body: fakeElf('gaiad'), kind: 'raw' },
  {
    chain: 'osmosis',
    daemon: 'osmosisd',
    asset: 'osmosisd-31.0.0-linux-amd64',
    body: fakeElf('osmosisd'),
    kind: 'raw',
  },
  {
    chain: 'osmosis, archived',
    daemon: 'osmosisd',
    asset: 'osmosisd-31.0.0-linux-amd64.tar.gz',
    body: tarGz([bin('osmosisd-31.0.0-linux-amd64')]),
    kind: 'tar.gz',
    member: 'osmosisd-31.0.0-linux-amd64',
  },
  {
    chain: 'paloma, whose license comes first',
    daemon: 'palomad',
    asset: 'paloma_Linux_x86_64.tar.gz',
    body: tarGz([...texts('LICENSE', 'README.md'), bin('palomad')]),
    kind: 'tar.gz',
    member: 'palomad',
  },
  { chain: 'juno', daemon: 'junod', asset: 'junod', body: fakeElf('junod'), kind: 'raw' },
  {
    chain: 'celestia',
    daemon: 'celestia-appd',
    asset: 'celestia-app_Linux_x86_64.tar.gz',
    body: tarGz([...texts('LICENSE', 'README.md'), bin('celestia-appd')]),
    kind: 'tar.gz',
    member: 'celestia-appd',
  },
  {
    chain: 'celestia, standalone',
    daemon: 'celestia-appd',
    asset: 'celestia-app-standalone_Linux_x86_64.tar.gz',
    body: tarGz([...texts('LICENSE'), bin('celestia-app-standalone')]),
    kind: 'tar.gz',
    member: 'celestia-app-standalone',
  },
  {
    chain: 'injective, with a companion and a library',
    daemon: 'injectived',
    asset: 'linux-amd64.zip',
    body: zipArchive(['injectived', 'libwasmvm.x86_64.so', 'peggo'].map(bin)),
    kind: 'zip',
    member: 'injectived',
    libraries: ['lib/libwasmvm.x86_64.so'],
    others: ['peggo'],
  },
  {
    chain: 'dydx, nested and with a suffix',
    daemon: 'dydxprotocold',
    asset: 'dydxprotocold-v5.0.5-linux-amd64.tar.gz',
    body: tarGz([dir('build/'), bin('build/dydxprotocold-v5.0.5-linux-amd64')]),
    kind: 'tar.gz',
    member: 'build/dydxprotocold-v5.0.5-linux-amd64',
  },
  { chain: 'neutron', daemon: 'neutrond', asset: 'neutrond-linux-amd64', body: fakeElf('neutrond'), kind: 'raw' },
  {
    chain: 'akash',
    daemon: 'akash',
    asset: 'akash_linux_amd64.zip',
    body: zipArchive([bin('akash')]),
    kind: 'zip',
    member: 'akash',
  },
  {
    chain: 'akash, wrapped in a directory',
    daemon: 'akash',
    asset: 'akash_0.30.0_linux_amd64.zip',
    body: zipArchive([
      { path: 'akash_0.30.0_linux_amd64/', mode: 0o40755, method: 0 },
      { path: 'akash_0.30.0_linux_amd64/LICENSE', content: 'text' },
      bin('akash_0.30.0_linux_amd64/akash'),
    ]),
    kind: 'zip',
    member: 'akash_0.30.0_linux_amd64/akash',
  },
  { chain: 'noble', daemon: 'nobled', asset: 'nobled_linux-amd64', body: fakeElf('nobled'), kind: 'raw' },
  { chain: 'axelar', daemon: 'axelard', asset: 'axelard-linux-amd64-v0.35.5', body: fakeElf('axelard'), kind: 'raw' },
  {
    chain: 'xion, first',
    daemon: 'xiond',
    asset: 'xiond-linux-amd64.tgz',
    body: tarGz([bin('xiond-linux-amd64')]),
    kind: 'tar.gz',
    member: 'xiond-linux-amd64',
  },
  {
    chain: 'xion, later',
    daemon: 'xiond',
    asset: 'xiond_9.0.0_linux_amd64.zip',
    body: zipArchive([{ path: 'README.md', content: 'text' }, bin('xiond')]),
    kind: 'zip',
    member: 'xiond',
  },
  {
    chain: 'xion, now',
    daemon: 'xiond',
    asset: 'xiond_20.0.0_linux_amd64.tar.gz',
    body: tarGz([...texts('LICENSE', 'README.md'), bin('xiond')]),
    kind: 'tar.gz',
    member: 'xiond',
  },
  {
    chain: 'likecoin',
    daemon: 'liked',
    asset: 'likecoin-chain_4.2.0_Linux_x86_64.tar.gz',
    body: tarGz([...texts('LICENSE', 'README.md'), bin('bin/liked')]),
    kind: 'tar.gz',
    member: 'bin/liked',
  },
  {
    chain: 'provenance, with a library beside it',
    daemon: 'provenanced',
    asset: 'provenance-linux-amd64-v1.19.0.zip',
    body: zipArchive([bin('bin/libwasmvm.x86_64.so'), bin('bin/provenanced')]),
    kind: 'zip',
    member: 'bin/provenanced',
    libraries: ['lib/libwasmvm.x86_64.so'],
  },
  {
    chain: 'lava',
    daemon: 'lavad',
    asset: 'lavad-v4.1.0-linux-amd64.zip',
    body: zipArchive([bin('lavad-v4.1.0-linux-amd64')]),
    kind: 'zip',
    member: 'lavad-v4.1.0-linux-amd64',
  },
  { chain: 'gravity', daemon: 'gravity', asset: 'gravity-linux-amd64', body: fakeElf('gravity'), kind: 'raw' },
  {
    chain: 'terra, with its libraries in lib/',
    daemon: 'terrad',
    asset: 'terra_2.11.5_Linux_x86_64.tar.gz',
    body: tarGz([bin('bin/terrad'), ...wasmvm.map((name) => bin(`lib/${name}`)), ...texts('lib/README')]),
    kind: 'tar.gz',
    member: 'bin/terrad',
    libraries: wasmvm.map((name) => `lib/${name}`),
  },
  {
    chain: 'plugchain, as tar writes a directory, in zstd',
    daemon: 'plugchaind',
    asset: 'plugchain.tar.zst',
    body: zstdCompressSync(
      tarArchive([dir('./'), ...texts('./CHANGELOG.md'), { ...bin('plugchaind'), path: './plugchaind' }]),
    ),
    kind: 'tar.zst',
    member: 'plugchaind',
  },
];

test.each(released)('$chain: $asset', async ({ daemon, asset, body, kind, member, libraries = [], others = [] }) => {
  const { result, at } = await fetched(asset, body, { daemon });
  expect(result).toMatchObject({ kind, binary: `bin/${daemon}`, libraries, others });
  expect(result.member).toBe(member);
  const lib = libraries.length > 0 ? ['lib/', ...libraries.toSorted()] : [];
  expect(await at.tree()).toEqual(['bin/', `bin/${daemon}`, ...lib]);
  expect(await at.read(`bin/${daemon}`)).toBe(fakeElf(member ?? daemon).toString('latin1'));
  for (const library of libraries) expect(await at.read(library)).toMatch(/^\x7fELF[^]*\.so$/);
});

test('secret, whose release is a Debian package, is refused before it is fetched', async () => {
  const error = await failure(
    fetched('secretnetwork_1.15.0_mainnet_amd64.deb', 'never sent'),
    'FETCHER_KIND_UNSUPPORTED',
  );
  expect(error.message).toBe('"secretnetwork_1.15.0_mainnet_amd64.deb" is a .deb file; that is not unpacked here');
});

test('agoric, whose binary is a link into a tree of scripts above it, is refused', async () => {
  const body = tarGz([
    { path: 'agoric-sdk/bin/agd', type: '2', target: '../packages/cosmic-swingset/bin/ag-chain-cosmos' },
    { path: 'agoric-sdk/packages/cosmic-swingset/bin/ag-chain-cosmos', content: '#!/usr/bin/env node\n' },
  ]);
  const error = await failure(fetched('agoric.tar.gz', body, { daemon: 'agd' }), 'FETCHER_ARCHIVE_UNSAFE');
  expect(error.message).toContain('"agoric-sdk/bin/agd" is a link whose target contains ".."');
});
