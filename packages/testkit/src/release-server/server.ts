import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { assetPath, releaseJson, releasesPage } from './github.ts';
import { send } from './send.ts';
import type { Release, ReleaseRequest, Replier, Reply } from './types.ts';

export interface ReleaseServer {
  /** `http://127.0.0.1:<port>`, without a slash at its end. It is also the base of the release API. */
  readonly url: string;
  /** All that was asked so far. */
  readonly requests: readonly ReleaseRequest[];
  /**
   * What a path answers from now on. Of several replies each answers one request, the last one all that follow. A function
   * is asked each time. The path is compared percent-decoded and without its query.
   * @returns its URL
   */
  serve(path: string, ...replies: readonly [Replier, ...Replier[]]): string;
  /**
   * Serves a release's assets, and tells of it under `/repos/<repository>/releases` and `…/releases/tags/<tag>` as GitHub's
   * API does. The same tag again replaces what there was.
   * @returns the URLs of its assets by name
   */
  publish(release: Release): Readonly<Record<string, string>>;
  /** Breaks what is still going on. */
  close(): Promise<void>;
}

export interface ReleaseServerOptions {
  /** PEM; with them it speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A server of releases on a loopback port that the kernel gives. What nothing is said about is a 404. */
export async function startReleaseServer({ tls }: ReleaseServerOptions = {}): Promise<ReleaseServer> {
  const routes = new Map<string, Replier[]>();
  const requests: ReleaseRequest[] = [];
  const releases = new Map<string, Release>();

  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, done: false };
    requests.push(request);
    response.on('error', () => undefined).on('close', () => (request.done = true));
    void send(replyTo(request), request, response);
  };
  const replyTo = (request: ReleaseRequest): Reply => {
    const replies = routes.get(keyOf(request.path));
    const replier = replies !== undefined && replies.length > 1 ? replies.shift() : replies?.[0];
    if (replier === undefined) return { status: 404, body: '{"message":"Not Found"}\n' };
    return typeof replier === 'function' ? replier(request) : replier;
  };

  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const serve = (path: string, ...replies: readonly Replier[]): string => {
    routes.set(keyOf(path), [...replies]);
    return url + path;
  };
  return {
    url,
    requests,
    serve,
    publish(release) {
      const { repository, tag } = release;
      releases.set(`${repository} ${tag}`, release);
      serve(`/repos/${repository}/releases/tags/${tag}`, { json: releaseJson(release, url) });
      serve(`/repos/${repository}/releases`, (request) => {
        const ours = [...releases.values()].filter((other) => other.repository === repository);
        return releasesPage(ours, request, url);
      });
      const assets = Object.entries(release.assets);
      return Object.fromEntries(assets.map(([name, asset]) => [name, serve(assetPath(release, name), asset)]));
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function keyOf(path: string): string {
  return decodeURIComponent(path.replace(/\?.*$/s, ''));
}
