import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { NodesOf } from './node-scan.ts';

/** What a watch has seen. */
export interface WatchReport {
  /** One line for each set of nodes that lived at one moment; none is right. */
  readonly overlaps: readonly string[];
  /** Every node that was seen, oldest first: one that a test knows of and that is missing here means that the watch was blind. */
  readonly pids: readonly number[];
  /** The longest time between two looks, in milliseconds. */
  readonly longestGap: number;
}

/** A watch over the nodes of one home. */
export interface NodeWatch {
  /** Ends the watch and resolves to what it saw, at any call the same. */
  stop(): Promise<WatchReport>;
}

/**
 * Watches `/proc`, a look every two milliseconds from a thread of its own, for nodes of one home that live at the same time;
 * zombies do not. Resolves once it is watching. What two nodes share may be shorter than the time between two looks; a fake node
 * lives for tens of milliseconds before it opens its databases, and there the kernel's lock tells exactly (`lock-conflict`).
 */
export async function watchNodes(of: NodesOf): Promise<NodeWatch> {
  const stop = new SharedArrayBuffer(4);
  const asked = new Int32Array(stop);
  const worker = new Worker(new URL('./node-watch-worker.ts', import.meta.url), {
    workerData: { of, stop },
    execArgv: [],
  });
  await once(worker, 'message');
  const said = once(worker, 'message') as Promise<[WatchReport]>;
  said.catch(() => undefined);
  return {
    async stop() {
      Atomics.store(asked, 0, 1);
      Atomics.notify(asked, 0);
      const [report] = await said;
      await worker.terminate();
      return report;
    },
  };
}
