import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type Server as SocketServer, type Socket } from 'node:net';
import { GoError } from './endings.ts';
import { rpcAddress } from '../rpc-client.ts';

/** A method's result, from its parameters as text. */
type Method = (params: Readonly<Record<string, unknown>>) => object;
type Methods = Readonly<Record<string, Method>>;

export interface Rpc {
  /** Absent for a unix socket. */
  readonly port: number | undefined;
  close(): void;
}

interface Call {
  readonly id: unknown;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function answer(response: ServerResponse, methods: Methods, call: Call): void {
  const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
  const body =
    method === undefined
      ? { jsonrpc: '2.0', id: call.id, error: { code: -32601, message: 'Method not found' } }
      : { jsonrpc: '2.0', id: call.id, result: method(call.params) };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function handle(methods: Methods, request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'POST') {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      try {
        const { id = -1, method = '', params = {} } = JSON.parse(text) as Partial<Call>;
        answer(response, methods, { id, method, params });
      } catch {
        response.writeHead(500).end();
      }
    });
    return;
  }
  const url = new URL(request.url ?? '/', 'http://rpc');
  const method = url.pathname.slice(1);
  if (!Object.hasOwn(methods, method)) {
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
    return;
  }
  // In a URL a string stands in double quotes, and bytes begin with 0x.
  const params = Object.fromEntries(
    [...url.searchParams].map(([key, value]) => [key, value.replace(/^"(.*)"$/, '$1')]),
  );
  answer(response, methods, { id: -1, method, params });
}

/**
 * Listens on one address.
 * @throws {GoError} where it is taken.
 */
export async function openRpc(laddr: string, methods: Methods, silent: boolean): Promise<Rpc> {
  const sockets = new Set<Socket>();
  const server: Server | SocketServer = silent
    ? createSocketServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      })
    : createServer((request, response) => handle(methods, request, response));
  const { socketPath, host, port } = rpcAddress(laddr);
  // A killed node leaves its socket file behind.
  if (typeof socketPath === 'string') rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new GoError(
          `listen tcp ${laddr.replace(/^\w+:\/\//, '')}: bind: ${error.code === 'EADDRINUSE' ? 'address already in use' : error.message}`,
        ),
      ),
    );
    if (typeof socketPath === 'string') server.listen(socketPath, resolve);
    else server.listen(Number(port), String(host), resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : undefined,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}
