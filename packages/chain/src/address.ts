import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { homeOf, lastFlag } from './arguments.js';
import { readNodeConfig, setting } from './node-config.js';

/** Where a setting was found; the first of these that has it wins, as in the node. */
export type RpcAddressSource = 'arguments' | 'environment' | 'config.toml' | 'default';

/** Where a node's RPC server is reached. `text` is the setting as it was written. */
export type RpcAddress = { readonly text: string; readonly source: RpcAddressSource } & (
  | { readonly state: 'tcp'; readonly host: string; readonly port: number }
  | { readonly state: 'unix'; readonly socketPath: string }
  /** The setting is empty: the node opens no RPC server. */
  | { readonly state: 'disabled' }
  | { readonly state: 'invalid'; readonly reason: string }
);

export interface RpcAddressInput {
  /** The arguments the node is started with. */
  readonly args: readonly string[];
  /** The node's home, unless its arguments name another one. */
  readonly home: string;
  /** The environment the node is started with. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Path of the node's binary: its name, links resolved, is the prefix of the node's variables. */
  readonly executable?: string;
}

type Place =
  | { readonly state: 'tcp'; readonly host: string; readonly port: number }
  | { readonly state: 'unix'; readonly socketPath: string }
  | { readonly state: 'invalid'; readonly reason: string };

const DEFAULT_ADDRESS = 'tcp://127.0.0.1:26657';

/**
 * Where the node that is started like this opens its RPC server: its `--rpc.laddr` argument, else the variable
 * `<PREFIX>_RPC_LADDR`, else `laddr` under `[rpc]` of `<home>/config/config.toml`, else `tcp://127.0.0.1:26657`.
 * Wildcard hosts are dialled on loopback; of several addresses the first that can be dialled is taken. Never throws: a
 * setting that cannot be used is an address whose state is `invalid`.
 */
export async function resolveRpcAddress(input: RpcAddressInput): Promise<RpcAddress> {
  const argument = lastFlag(input.args, 'rpc.laddr');
  if (argument !== undefined) return parseAddress(argument, 'arguments');

  const variable = await fromEnvironment(input);
  if (variable !== undefined) return parseAddress(variable, 'environment');

  const config = await readNodeConfig(homeOf(input.args, input.home));
  if ('error' in config) return { state: 'invalid', text: '', source: 'config.toml', reason: config.error };
  const configured = setting(config.settings, 'rpc', 'laddr');
  if (configured === undefined) return parseAddress(DEFAULT_ADDRESS, 'default');
  if (typeof configured === 'string') return parseAddress(configured, 'config.toml');
  const reason = `${config.file}: laddr under [rpc] is not a string`;
  return { state: 'invalid', text: JSON.stringify(configured), source: 'config.toml', reason };
}

async function fromEnvironment({ env, executable }: RpcAddressInput): Promise<string | undefined> {
  if (env === undefined || executable === undefined) return undefined;
  const name = basename(await realpath(executable).catch(() => executable)).replaceAll(/[.-]/g, '_');
  // The SDK binds the name as it is as well; an empty variable counts as unset.
  return env[`${name.toUpperCase()}_RPC_LADDR`] || env[`${name}_RPC_LADDR`] || undefined;
}

/** One setting, which may list several addresses separated by commas. */
export function parseAddress(text: string, source: RpcAddressSource): RpcAddress {
  const places = text
    .split(',')
    .map((part) => part.replaceAll(/^ +| +$/g, ''))
    .filter((part) => part !== '')
    .map(parsePlace);
  const first = places[0];
  if (first === undefined) return { state: 'disabled', text, source };
  return { ...(places.find((place) => place.state !== 'invalid') ?? first), text, source };
}

function parsePlace(text: string): Place {
  const [, scheme = 'tcp', rest = ''] = /^(?:([^:/]*):\/\/)?(.*)$/s.exec(text) ?? [];
  if (scheme === 'unix') return parseSocketPath(text, rest);
  if (scheme !== 'tcp' && scheme !== 'tcp4' && scheme !== 'tcp6') {
    return { state: 'invalid', reason: `${text}: the scheme is not tcp or unix` };
  }
  const match = /^(?:\[([^[\]]*)\]|([^:[\]/]*)):(\d{1,5})$/.exec(rest);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return { state: 'invalid', reason: `${text}: not host:port` };
  if (port === 0) return { state: 'invalid', reason: `${text}: port 0 lets the system choose one` };
  const host = match[1] ?? match[2] ?? '';
  return { state: 'tcp', host: isWildcard(host) ? (scheme === 'tcp6' ? '::1' : '127.0.0.1') : host, port };
}

function parseSocketPath(text: string, path: string): Place {
  if (path === '') return { state: 'invalid', reason: `${text}: no path of a socket` };
  // Go writes Linux's abstract sockets with an @ where the kernel has a zero byte.
  return { state: 'unix', socketPath: path.startsWith('@') ? `\0${path.slice(1)}` : path };
}

// Go listens on both families for either wildcard.
function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || /^[0:]*::[0:]*$/.test(host);
}
