import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';

/** A document whose first reader has to wait until it is let go. */
export interface HeldDocument {
  readonly url: string;
  /** Resolves once somebody waits. */
  readonly asked: Promise<unknown>;
  readonly release: () => void;
}

/** Serves it for as long as the test lasts. */
export async function heldDocument(t: TestContext, text: string | Buffer): Promise<HeldDocument> {
  const asked = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  const server = createServer((_, response) => {
    asked.resolve(undefined);
    void released.promise.then(() => response.end(text));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  t.onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/upgrade.json`,
    asked: asked.promise,
    release: () => released.resolve(undefined),
  };
}
