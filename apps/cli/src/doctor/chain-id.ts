import { open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { NodeFacts } from './node-facts.js';

/** A genesis file may be hundreds of megabytes: the chain's name stands before the state. */
const head = 4096;

/** The chain's name, as our node says, else as the beginning of genesis.json has it. Never throws. */
export async function chainIdOf(home: string, { status, isOwn }: NodeFacts): Promise<string | undefined> {
  if (isOwn && status.reachable) return status.network;
  try {
    const file = await open(join(home, 'config', 'genesis.json'), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(head), 0, head, 0);
      // Modules may know of other chains.
      const [before = ''] = buffer.toString('utf8', 0, bytesRead).split('"app_state"');
      return /"chain_id"\s*:\s*"([^"\\]+)"/.exec(before)?.[1];
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
