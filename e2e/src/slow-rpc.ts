import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';

/** Stands before a node's RPC and hands on each question only after so many milliseconds. Resolves to its port. */
export async function slowRpc(t: TestContext, to: number, delay: number): Promise<number> {
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((incoming, answer) => {
    const forward = () => {
      const asked = request({ port: to, host: '127.0.0.1', method: incoming.method, path: incoming.url }, (node) => {
        answer.writeHead(node.statusCode ?? 502, { 'content-type': 'application/json' });
        node.pipe(answer);
      });
      asked.on('error', () => answer.destroy());
      incoming.pipe(asked);
    };
    const timer = setTimeout(() => {
      timers.delete(timer);
      forward();
    }, delay);
    timers.add(timer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.onTestFinished(() => {
    timers.forEach((timer) => clearTimeout(timer));
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
