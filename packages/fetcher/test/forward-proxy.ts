import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { onTestFinished } from 'vitest';

export interface ForwardProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Method and target of each request, as they arrived. */
  readonly asked: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
}

export interface ProxyOptions {
  /** The only names that it knows, and the base URLs that they stand for. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Answers this to everything. */
  readonly refuse?: number;
}

/** A proxy that forwards http and tunnels the rest, until the test is over. */
export async function forwardProxy({ hosts, refuse }: ProxyOptions): Promise<ForwardProxy> {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const note = ({ method = '', url = '', headers }: IncomingMessage): string | undefined => {
    asked.push(`${method} ${url}`);
    authorizations.push(headers['proxy-authorization']);
    return hosts[new URL(method === 'CONNECT' ? `http://${url}` : url).hostname];
  };

  const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
    const target = note(incoming);
    if (refuse !== undefined || target === undefined) {
      response.writeHead(refuse ?? 502).end();
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? '');
    request(target + pathname + search, { headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      // A break is passed on, too.
      pipeline(answer, response, () => response.destroy());
    }).end();
  });
  server.on('connect', (incoming, socket: Socket) => {
    const target = note(incoming);
    if (refuse !== undefined || target === undefined) {
      socket.end(`HTTP/1.1 ${refuse ?? 502} Refused\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(new URL(target).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    sockets.add(upstream);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, authorizations };
}
