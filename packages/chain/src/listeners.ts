import { join } from 'node:path';
import { parseAddress, resolveRpcAddress, type RpcAddress, type RpcAddressInput } from './address.js';
import { homeOf, lastFlag } from './arguments.js';
import { readToml, setting } from './node-config.js';

/** One of the addresses on which a node listens. */
export interface Listener {
  /** Whether a node that finds it taken ends at its start; it runs on without the others. */
  readonly needed: boolean;
  readonly what: 'RPC' | 'P2P' | 'gRPC' | 'REST';
  readonly address: RpcAddress;
}

/**
 * Where the node that is started like this listens: RPC and P2P, and gRPC and REST where app.toml enables them. Of the
 * arguments those of RPC, P2P, gRPC and REST are looked at. What cannot be read is left out. Never throws.
 */
export async function readListeners(input: RpcAddressInput): Promise<readonly Listener[]> {
  const { args } = input;
  const config = join(homeOf(args, input.home), 'config');
  const [rpc, node, app] = await Promise.all([
    resolveRpcAddress(input),
    readToml(join(config, 'config.toml')),
    readToml(join(config, 'app.toml')),
  ]);
  const place = (flag: string, file: typeof node, ...keys: readonly string[]): RpcAddress => {
    const argument = lastFlag(args, flag);
    if (argument !== undefined) return parseAddress(argument, 'arguments');
    const value = 'settings' in file ? setting(file.settings, ...keys) : undefined;
    return parseAddress(typeof value === 'string' ? value : '', 'config.toml');
  };
  const isOn = (section: string): boolean => 'settings' in app && setting(app.settings, section, 'enable') === true;
  return [
    { needed: true, what: 'RPC', address: rpc },
    { needed: true, what: 'P2P', address: place('p2p.laddr', node, 'p2p', 'laddr') },
    ...(isOn('grpc')
      ? [{ needed: false, what: 'gRPC', address: place('grpc.address', app, 'grpc', 'address') } as const]
      : []),
    ...(isOn('api')
      ? [{ needed: false, what: 'REST', address: place('api.address', app, 'api', 'address') } as const]
      : []),
  ];
}
