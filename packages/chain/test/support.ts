import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { RpcAddress } from '../src/index.js';

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, latest first. */
export function later(cleanup: () => void | Promise<void>): void {
  cleanups.push(cleanup);
}

export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), 'chainvisor-chain-'));
  later(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A temporary home with these files, by their paths below it. */
export function tempHome(files: Readonly<Record<string, string>> = {}): string {
  const home = tempDir();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  return home;
}

export function tcp(port: number, host = '127.0.0.1'): RpcAddress {
  return { state: 'tcp', host, port, text: `tcp://${host}:${port}`, source: 'default' };
}

export interface Served {
  readonly address: RpcAddress;
  readonly port: number;
  /** The sockets that the other side has not given up. */
  readonly open: Set<Socket>;
  readonly server: Server;
}

/** Listens on a free loopback port, or on the given socket path, until the test is over. */
export async function serve(server: Server, place: { path?: string; host?: string } = {}): Promise<Served> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => open.delete(socket));
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (place.path === undefined) server.listen(0, place.host ?? '127.0.0.1', resolve);
    else server.listen(place.path, resolve);
  });
  later(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  if (place.path !== undefined) {
    const text = `unix://${place.path}`;
    return { address: { state: 'unix', socketPath: place.path, text, source: 'default' }, port: 0, open, server };
  }
  const { port } = server.address() as AddressInfo;
  return { address: tcp(port, place.host), port, open, server };
}

export function serveHttp(listener: RequestListener, place: { path?: string; host?: string } = {}): Promise<Served> {
  return serve(createHttpServer(listener), place);
}

/** Answers every request with this value as JSON. */
export function serveJson(value: unknown): Promise<Served> {
  return serveHttp((_, response) => response.end(JSON.stringify(value)));
}

/** A server that is handed the bare socket once a request has begun to arrive. */
export function serveRaw(talk: (socket: Socket) => void): Promise<Served> {
  return serve(createServer((socket) => socket.once('data', () => talk(socket))));
}

export const NODE_ID = '21fe31dfa154a261626bf854046fd2271b7bed4b';

/** The shape of /status, CometBFT 0.34 to 0.38. */
export function statusResult(changes: { node?: object; sync?: object } = {}) {
  return {
    node_info: {
      protocol_version: { p2p: '8', block: '11', app: '0' },
      id: NODE_ID,
      listen_addr: 'tcp://0.0.0.0:26656',
      network: 'demo-1',
      version: '0.38.10',
      channels: '40202122233038606100',
      moniker: 'n',
      other: { tx_index: 'on', rpc_address: 'tcp://127.0.0.1:26657' },
      ...changes.node,
    },
    sync_info: {
      latest_block_hash: 'AB',
      latest_app_hash: 'CD',
      latest_block_height: '100',
      latest_block_time: '2024-01-01T00:00:00Z',
      earliest_block_height: '1',
      catching_up: false,
      ...changes.sync,
    },
    validator_info: { address: 'EF', pub_key: { type: 'tendermint/PubKeyEd25519', value: '' }, voting_power: '1' },
  };
}

export function envelope(result: unknown): object {
  return { jsonrpc: '2.0', id: -1, result };
}
