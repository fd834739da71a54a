import { homeOf, type Listener, readClientConfig, readListeners, type RpcAddress } from '@chainvisor/chain';
import { binaryIn } from '@chainvisor/layout';
import { connect } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { type Check, checker } from './check.js';
import { chainIdOf } from './chain-id.js';
import type { Facts, HomeFacts } from './facts.js';

const { ok, note, warning, error } = checker('ports');

/** A port of this machine answers at once, or nobody listens. */
const answerWithin = 2000;

/** Where the node listens, who answers there, and whether commands ask that node. */
export async function ports({ home, env }: Facts): Promise<readonly Check[]> {
  if (home === undefined) return [];
  return [ofRpc(home), ...(await ofClient(home)), ...(await ofListeners(home, env))];
}

function ofRpc(home: HomeFacts): Check {
  const { address, status, isOwn, ownId } = home.node;
  const isUp = home.alive.node !== undefined;
  const config = 'laddr under [rpc] of config.toml';
  if (address.state === 'disabled') {
    return warning('the node opens no RPC: chainvisor cannot ask it how high it is', {
      why: 'an upgrade then waits until upgrade-info.json has settled',
      do: `set ${config} to tcp://127.0.0.1:26657`,
    });
  }
  if (address.state === 'invalid') {
    return error(`the node's RPC address cannot be used: ${address.reason}`, {
      do: 'mend config.toml, in which laddr under [rpc] is tcp://host:port',
    });
  }
  if (status.reachable && !isOwn) {
    return error(`another node answers at ${address.text}, where the RPC of this one should`, {
      why: `it is ${status.nodeId} of ${status.network}, and not ${ownId ?? 'ours'}`,
      do: `give each node ports of its own: ${config}`,
    });
  }
  if (status.reachable) return ok(`our node answers at ${address.text}, at height ${status.height}`);
  if (!isUp) return ok(`the node is not running; its RPC will be at ${address.text}`);
  return warning(`the node runs, and its RPC does not answer at ${address.text}`, {
    why: `${status.reason}; it opens RPC only after its start, replay and migration`,
    do: 'look at its log; a node that hangs is mended by a restart',
  });
}

async function ofClient({ layout, args, node }: HomeFacts): Promise<Check[]> {
  const { file: where, node: asked, chainId, error: broken } = await readClientConfig(homeOf(args, layout.home));
  if (broken !== undefined) return [warning('client.toml cannot be read', { why: broken, where })];
  const checks: Check[] = [];
  const { address } = node;
  if (asked !== '' && address.state === 'tcp' && !asksFor(asked, address)) {
    checks.push(
      warning(`commands of ${layout.daemon} ask another node than this one`, {
        why: `node in client.toml is ${asked}, the RPC of this node is ${address.text}; cosmovisor asks there too`,
        do: `set node = "${address.text}" there`,
        where,
      }),
    );
  }
  const chain = await chainIdOf(layout.home, node);
  if (chainId !== '' && chain !== undefined && chainId !== chain) {
    checks.push(
      warning(`commands of ${layout.daemon} are for another chain than this one`, {
        why: `chain-id in client.toml is ${chainId}, the chain is ${chain}`,
        do: `set chain-id = "${chain}" there`,
        where,
      }),
    );
  }
  return checks.length > 0 ? checks : [ok('client.toml asks this node')];
}

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|::)$/;
/** As it is written: whoever connects is given a loopback address instead. */
const everywhere = /^(?:\w+:\/\/)?(?:0\.0\.0\.0|\[::\]|):\d+$/;

/** Hosts that are this machine, by whatever word, count as the same. */
function asksFor(text: string, { host, port, text: own }: Extract<RpcAddress, { state: 'tcp' }>): boolean {
  const match = /^(?:\w+:\/\/)?(?:\[([^\]]+)\]|([^:/]+)):(\d+)/.exec(text);
  if (match === null) return false;
  const name = match[1] ?? match[2] ?? '';
  if (Number(match[3]) !== port) return false;
  if (name === host || (loopback.test(name) && loopback.test(host))) return true;
  return everywhere.test(own) && [hostname(), ...ownAddresses()].includes(name);
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((of) => (of ?? []).map(({ address }) => address));
}

/** Who sits on the node's ports while it does not run. */
async function ofListeners({ layout, args, alive, node }: HomeFacts, env: Facts['env']): Promise<Check[]> {
  if (alive.node !== undefined) return [];
  const executable = binaryIn(layout, layout.current);
  const listeners = await readListeners({ args, home: layout.home, env, executable });
  // That another node answers there was said already.
  const asked = listeners.filter(({ what }) => !(what === 'RPC' && node.status.reachable));
  const taken = await Promise.all(asked.map(async (listener) => ((await isTaken(listener)) ? [listener] : [])));
  const checks = taken.flat().map(({ what, needed, address }) =>
    (needed ? error : warning)(`the node is down, and its ${what} address ${address.text} is taken`, {
      why: needed ? 'it ends at its start' : 'it runs on without it, and says so only at its end',
      do: `see who listens there (ss -ltnp), and end it or give the node another address`,
    }),
  );
  return checks.length > 0 ? checks : [note('the node is down, and its ports are free')];
}

function isTaken({ address }: Listener): Promise<boolean> {
  if (address.state !== 'tcp') return Promise.resolve(false);
  const { host, port } = address;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.setTimeout(answerWithin, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
