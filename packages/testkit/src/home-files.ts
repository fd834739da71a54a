import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeChain } from './fake-types.ts';

/** What `init` needs to know. */
export interface HomeFiles {
  /** `rpc.laddr`, as CometBFT spells it: `tcp://127.0.0.1:26657`, `unix:///path`. */
  readonly laddr: string;
  readonly moniker?: string;
  readonly chain?: FakeChain;
}

interface Ed25519 {
  readonly publicKey: Buffer;
  /** Seed and public key, as Go keeps it. */
  readonly privateKey: Buffer;
}

function ed25519(): Ed25519 {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  return { publicKey, privateKey: Buffer.concat([Buffer.from(d, 'base64url'), publicKey]) };
}

/** CometBFT's address of an ed25519 key, lower-case hex: for a node key it is the node id. */
function cometAddress(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 40);
}

/** The node id that a `node_key.json` stands for. */
export function nodeIdOf(nodeKeyJson: string): string {
  const key = JSON.parse(nodeKeyJson) as { priv_key: { value: string } };
  return cometAddress(Buffer.from(key.priv_key.value, 'base64').subarray(32));
}

const privateJson = (key: Ed25519): object => ({
  type: 'tendermint/PrivKeyEd25519',
  value: key.privateKey.toString('base64'),
});

function configToml(files: HomeFiles): string {
  return `# This is a TOML config file.
proxy_app = "tcp://127.0.0.1:26658"
moniker = ${JSON.stringify(files.moniker ?? 'n0')}
db_backend = "goleveldb"
db_dir = "data"
priv_validator_key_file = "config/priv_validator_key.json"
priv_validator_state_file = "data/priv_validator_state.json"
priv_validator_laddr = ""
node_key_file = "config/node_key.json"

[rpc]
# TCP or UNIX socket address for the RPC server to listen on
laddr = ${JSON.stringify(files.laddr)}
cors_allowed_origins = []
pprof_laddr = ""

[p2p]
laddr = "tcp://127.0.0.1:0"

[consensus]
wal_file = "data/cs.wal/wal"
double_sign_check_height = 0
`;
}

const APP_TOML = `minimum-gas-prices = "0stake"
pruning = "default"
halt-height = 0
halt-time = 0

[api]
enable = false

[grpc]
enable = false
`;

/** Writes a home as a daemon's `init` leaves it. Returns the node id. */
export function writeHomeFiles(home: string, files: HomeFiles): string {
  const nodeKey = ed25519();
  const validatorKey = ed25519();
  const json = (path: string, value: unknown, mode = 0o600): void =>
    writeFileSync(join(home, path), JSON.stringify(value, null, 2), { mode });
  mkdirSync(join(home, 'config'), { recursive: true });
  mkdirSync(join(home, 'data'), { recursive: true });
  writeFileSync(join(home, 'config/node_key.json'), JSON.stringify({ priv_key: privateJson(nodeKey) }), {
    mode: 0o600,
  });
  json('config/priv_validator_key.json', {
    address: cometAddress(validatorKey.publicKey).toUpperCase(),
    pub_key: { type: 'tendermint/PubKeyEd25519', value: validatorKey.publicKey.toString('base64') },
    priv_key: privateJson(validatorKey),
  });
  json('data/priv_validator_state.json', { height: '0', round: 0, step: 0 });
  json('config/genesis.json', { chain_id: files.chain?.chainId ?? 'demo-1', initial_height: '1' }, 0o644);
  if (files.chain !== undefined) json('config/fake-chain.json', files.chain, 0o644);
  writeFileSync(join(home, 'config/config.toml'), configToml(files));
  writeFileSync(join(home, 'config/app.toml'), APP_TOML);
  const node = files.laddr.replace('0.0.0.0', '127.0.0.1');
  writeFileSync(join(home, 'config/client.toml'), `chain-id = ""\nnode = ${JSON.stringify(node)}\n`);
  return cometAddress(nodeKey.publicKey);
}
