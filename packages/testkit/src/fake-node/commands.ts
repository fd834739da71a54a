import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeIdOf, writeHomeFiles } from '../home-files.ts';
import { type FlagKind, parseArgs } from './args.ts';
import { GoError } from './endings.ts';
import { homeOf, type Identity } from './identity.ts';
import { tomlValue } from './settings.ts';
import type { Write } from './streams.ts';

export type Command = (args: readonly string[]) => Promise<number | NodeJS.Signals>;

const SDK_VERSIONS: Readonly<Record<number, string>> = { 45: 'v0.45.16', 47: 'v0.47.5', 50: 'v0.50.13', 53: 'v0.53.4' };
const COMMON: Readonly<Record<string, FlagKind>> = { home: 'value', output: 'value', node: 'value', trace: 'bool' };

/** Where the home is for a command that may not know one. */
export function commandHome(identity: Identity, args: readonly string[]): string {
  const at = args.findIndex((arg) => arg === '--home' || arg.startsWith('--home='));
  return homeOf(
    identity,
    at < 0 ? undefined : args[at] === '--home' ? args[at + 1] : args[at]?.slice('--home='.length),
  );
}

function versionText(identity: Identity, long: boolean, json: boolean): string {
  const { binary, daemon, line } = identity;
  if (!long) return `${binary.version}\n`;
  const sdk = (binary.sdkVersion ?? SDK_VERSIONS[line] ?? '').replace(/^(?!v)/, 'v');
  const name = daemon.replace(/d$/, '');
  const all = {
    ...{ name, server_name: daemon, version: binary.version, commit: '0'.repeat(40), build_tags: 'netgo' },
    go: `go version go1.22.4 linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
    build_deps: [`github.com/cosmos/cosmos-sdk@${sdk}`],
    ...(line >= 46 ? { cosmos_sdk_version: sdk } : {}),
  };
  if (json) return `${JSON.stringify(all)}\n`;
  return Object.entries(all)
    .map(([key, value]) =>
      Array.isArray(value) ? `${key}:\n${value.map((each) => `- ${each}\n`).join('')}` : `${key}: ${value}\n`,
    )
    .join('');
}

/** `status` as each line prints it: other keys on stderr up to 0.47. */
async function status(identity: Identity, write: Write, home: string, node: string | undefined): Promise<number> {
  const { rpcGet } = await import('../rpc-client.ts');
  const laddr = node ?? tomlValue(join(home, 'config/client.toml'), '', 'node') ?? 'tcp://localhost:26657';
  const body = await rpcGet(laddr, '/status');
  if (body === undefined) {
    write(2, `Error: post failed: Post "${laddr.replace('tcp:', 'http:')}": dial tcp: connect: connection refused\n`);
    return 1;
  }
  const { result } = JSON.parse(body) as { result: Record<string, unknown> };
  if (identity.line >= 50) write(1, `${JSON.stringify(result)}\n`);
  else {
    const { node_info, sync_info, validator_info } = result;
    write(2, `${JSON.stringify({ NodeInfo: node_info, SyncInfo: sync_info, ValidatorInfo: validator_info })}\n`);
  }
  return 0;
}

/** Counts a call by a byte at the end of a file, and returns how many there were before. */
function countCall(path: string): number {
  try {
    const fd = openSync(path, 'a');
    writeSync(fd, '.');
    closeSync(fd);
    return statSync(path).size - 1;
  } catch {
    return 0;
  }
}

function readLine(): string {
  const byte = Buffer.alloc(1);
  let text = '';
  while (readSync(0, byte) === 1 && byte[0] !== 10) text += byte.toString('latin1');
  return text;
}

/** The commands beside `start`, by their first words. */
export function commandsOf(identity: Identity, write: Write): Readonly<Record<string, Command>> {
  const nodeKey = (home: string): string => join(home, 'config/node_key.json');
  const showNodeId: Command = (args) => {
    if (args[0] !== 'show-node-id') throw new GoError(`unknown command "${args[0] ?? ''}"`);
    write(1, `${nodeIdOf(readFileSync(nodeKey(commandHome(identity, args)), 'utf8'))}\n`);
    return Promise.resolve(0);
  };
  const accept: Command = () => Promise.resolve(0);
  const { preUpgrade = 'absent' } = identity.binary;
  const commands: Record<string, Command> = {
    version(args) {
      const { flags } = parseArgs(args, { ...COMMON, long: 'bool' });
      write(1, versionText(identity, flags.get('long')?.at(-1) === 'true', flags.get('output')?.at(-1) === 'json'));
      return Promise.resolve(0);
    },
    status(args) {
      const { flags } = parseArgs(args, COMMON);
      return status(identity, write, commandHome(identity, args), flags.get('node')?.at(-1));
    },
    [identity.line >= 47 ? 'comet' : 'tendermint']: showNodeId,
    tendermint: showNodeId,
    init(args) {
      const { flags, positionals } = parseArgs(args, {
        ...COMMON,
        'chain-id': 'value',
        overwrite: 'bool',
        'default-denom': 'value',
      });
      const home = commandHome(identity, args);
      if (existsSync(nodeKey(home)) && flags.get('overwrite') === undefined) {
        throw new GoError(`genesis.json file already exists: ${join(home, 'config/genesis.json')}`);
      }
      const chainId = flags.get('chain-id')?.at(-1) ?? 'test-chain';
      writeHomeFiles(home, { laddr: 'tcp://127.0.0.1:26657', moniker: positionals[0] ?? 'n0', chain: { chainId } });
      return Promise.resolve(0);
    },
    /** Reads a line from stdin, as `keys add --recover` does. */
    keys() {
      write(2, '> Enter your bip39 mnemonic\n');
      write(1, `${JSON.stringify({ name: 'alice', words: readLine().split(' ').filter(Boolean).length })}\n`);
      return Promise.resolve(0);
    },
    genesis: accept,
    config: accept,
  };
  if (preUpgrade === 'absent') return commands;
  return {
    ...commands,
    async 'pre-upgrade'(args) {
      const { binary } = identity;
      const call = countCall(
        join(commandHome(identity, args), `fake-pre-upgrade-${binary.version.replaceAll('/', '_')}.calls`),
      );
      await sleep(binary.preUpgradeTime ?? 0);
      if (preUpgrade === 'signal') return 'SIGKILL';
      return typeof preUpgrade === 'number' ? preUpgrade : (preUpgrade[call] ?? preUpgrade.at(-1) ?? 0);
    },
  };
}
