import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeChain } from '../fake-types.ts';
import { type FlagKind, parseArgs, parseInteger, parseIntegers } from './args.ts';
import { fromEnvironment, homeOf, type Identity } from './identity.ts';

/** What `start` runs with: flag before environment before file. */
export interface Settings {
  readonly home: string;
  readonly laddrs: readonly string[];
  readonly haltHeight: number;
  readonly skipHeights: readonly number[];
  readonly logFormat: 'plain' | 'json' | 'quiet';
  readonly logLevel: string;
  readonly colour: boolean;
}

const START_FLAGS: Readonly<Record<string, FlagKind>> = {
  home: 'value',
  'halt-height': 'value',
  'halt-time': 'value',
  'unsafe-skip-upgrades': 'value',
  'rpc.laddr': 'value',
  'rpc.pprof_laddr': 'value',
  'p2p.laddr': 'value',
  'p2p.seeds': 'value',
  'p2p.persistent_peers': 'value',
  'grpc.address': 'value',
  'grpc.enable': 'bool',
  'api.enable': 'bool',
  'api.address': 'value',
  'minimum-gas-prices': 'value',
  pruning: 'value',
  moniker: 'value',
  log_format: 'value',
  log_level: 'value',
  log_no_color: 'bool',
  trace: 'bool',
  'with-comet': 'bool',
  'with-tendermint': 'bool',
  'x-crisis-skip-assert-invariants': 'bool',
};

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

/** The value of a key of one TOML section (`''` for the top), quotes removed: all that the files of `init` need. */
export function tomlValue(path: string, section: string, key: string): string | undefined {
  let current = '';
  for (const line of readOr(path, '').split('\n')) {
    current = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? current;
    const [, found, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (current === section && found === key) return value?.replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

/** The chain's behaviour as the home tells it; a home without the file is a plain chain. */
export function readChain(home: string): FakeChain {
  return JSON.parse(readOr(join(home, 'config/fake-chain.json'), '{}')) as FakeChain;
}

/** @throws {GoError} for arguments that cobra refuses. */
export function readSettings(identity: Identity, args: readonly string[]): Settings {
  const { flags } = parseArgs(args, START_FLAGS);
  const last = (name: string): string | undefined => flags.get(name)?.at(-1);
  const home = homeOf(identity, last('home'));
  const app = join(home, 'config/app.toml');
  const pick = (name: string, inFile: string | undefined): string | undefined =>
    last(name) ?? fromEnvironment(identity.daemon, name) ?? inFile;
  const laddr = pick('rpc.laddr', tomlValue(join(home, 'config/config.toml'), 'rpc', 'laddr'));
  const skip = flags.get('unsafe-skip-upgrades') ?? [
    fromEnvironment(identity.daemon, 'unsafe-skip-upgrades') ?? tomlValue(app, '', 'unsafe-skip-upgrades') ?? '',
  ];
  const format = last('log_format') ?? readChain(home).log ?? 'plain';
  return {
    home,
    laddrs: (laddr ?? 'tcp://127.0.0.1:26657').split(',').filter((each) => each !== ''),
    haltHeight: parseInteger('halt-height', pick('halt-height', tomlValue(app, '', 'halt-height')) ?? '0'),
    skipHeights: parseIntegers('unsafe-skip-upgrades', skip),
    logFormat: format === 'json' || format === 'quiet' ? format : 'plain',
    logLevel: last('log_level') ?? 'info',
    colour: last('log_no_color') !== 'true',
  };
}
