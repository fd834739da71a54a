import { createServer } from 'node:http';
import type { TestContext } from 'vitest';

/** Another chain's node on a port of ours: it answers `/status` with an id that is not our node's, and with this height. */
export async function foreignNode(t: TestContext, port: number, height: number): Promise<void> {
  const result = {
    node_info: { id: 'f'.repeat(40), network: 'other-1', version: '0.38.12' },
    sync_info: { latest_block_height: String(height), catching_up: false },
    response: { last_block_height: String(height) },
  };
  const server = createServer((_, response) => response.end(JSON.stringify({ jsonrpc: '2.0', id: -1, result })));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  t.onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
}
