import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ephemeral range of Linux (32768 and up): otherwise any client's connect() may take the port while a node restarts,
// and polling the closed port can even connect to itself.
const LOWEST = 10_000;
const HIGHEST = 32_767;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Holds an abstract socket of the port's name until this process ends, so that no other test process is given the same port meanwhile. */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(false));
    server.listen({ path: `\0chainvisor-testkit-port-${port}`, exclusive: true }, () => resolve(true));
  });
}

/**
 * A TCP port of 127.0.0.1 that was free a moment ago, that no outgoing connection will be given, and that this function gives to nobody else on this
 * machine while this process lives: a node that restarts, or has yet to start, finds it free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if ((await isFree(port)) && (await reserve(port))) return port;
  }
}
