import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeIdOf } from '../home-files.ts';
import type { FakeChain } from '../fake-types.ts';

/** What the RPC answers are made of. */
export interface RpcFacts {
  readonly home: string;
  readonly line: number;
  readonly version: string;
  readonly laddr: string;
  readonly chain: FakeChain;
  readonly storeHeight: () => number;
  readonly appHeight: () => number;
}

const COMET_VERSIONS: Readonly<Record<number, string>> = { 45: '0.34.27', 47: '0.37.2', 50: '0.38.12', 53: '0.38.17' };

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const hex = (text: string): string => digest(text).toString('hex').toUpperCase();

/** CometBFT's `/status`: every 64-bit integer is a string. Heights are those of stored blocks. */
export function statusOf(facts: RpcFacts): () => object {
  const { home, chain, laddr } = facts;
  const key = JSON.parse(readFileSync(join(home, 'config/priv_validator_key.json'), 'utf8')) as {
    address: string;
    pub_key: { type: string; value: string };
  };
  const ownId = nodeIdOf(readFileSync(join(home, 'config/node_key.json'), 'utf8'));
  const id = chain.rpc === 'foreign' ? hex('another node').slice(0, 40).toLowerCase() : ownId;
  const first = chain.startHeight ?? 1;
  const firstTime = new Date().toISOString();
  return () => {
    const height = facts.storeHeight();
    const none = height < 1;
    const earliest = Math.min(first, height);
    return {
      node_info: {
        protocol_version: { p2p: '8', block: '11', app: '0' },
        id,
        listen_addr: 'tcp://127.0.0.1:26656',
        network: chain.chainId ?? 'demo-1',
        version: COMET_VERSIONS[facts.line] ?? '0.38.12',
        channels: '40202122233038606100',
        moniker: 'n0',
        other: { tx_index: 'on', rpc_address: laddr },
      },
      sync_info: {
        latest_block_hash: none ? '' : hex(`block ${height}`),
        latest_app_hash: none ? '' : hex(`app ${height}`),
        latest_block_height: String(height),
        latest_block_time: none ? '1970-01-01T00:00:00Z' : new Date().toISOString(),
        earliest_block_hash: none ? '' : hex(`block ${earliest}`),
        earliest_app_hash: none ? '' : hex(`app ${earliest}`),
        earliest_block_height: String(earliest),
        earliest_block_time: none ? '1970-01-01T00:00:00Z' : firstTime,
        catching_up: chain.mode === 'blocksync',
      },
      validator_info: { address: key.address, pub_key: key.pub_key, voting_power: '1' },
    };
  };
}

/** CometBFT's `/abci_info`: the height that the application executed; what is zero is absent. */
export function abciInfoOf(facts: RpcFacts, daemon: string): () => object {
  return () => {
    const height = facts.appHeight();
    const last = { last_block_height: String(height), last_block_app_hash: digest(`app ${height}`).toString('base64') };
    return { response: { data: daemon, version: facts.version, ...(height > 0 ? last : {}) } };
  };
}
