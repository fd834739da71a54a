import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type NodesOf, nodeScan, type SeenNode } from './node-scan.ts';
import type { WatchReport } from './node-watch.ts';

// A thread of its own: a test's busy event loop does not blind it. It never yields to its own loop either.

const EVERY = 2;

const { of, stop } = workerData as { readonly of: NodesOf; readonly stop: SharedArrayBuffer };
const asked = new Int32Array(stop);
const scan = nodeScan(of);
const seen = new Map<string, SeenNode>();
const together = new Map<string, string>();
let longestGap = 0;
let lastLook = performance.now();

try {
  // On Linux this is the priority of this thread alone; not everybody may raise one.
  setPriority(0, -10);
} catch {
  // Then it looks as often as it gets the processor.
}

for (let looks = 0; Atomics.load(asked, 0) === 0; looks += 1) {
  const alive = scan();
  const now = performance.now();
  longestGap = Math.max(longestGap, now - lastLook);
  lastLook = now;
  for (const node of alive) seen.set(`${node.pid} ${node.startTime}`, node);
  if (alive.length > 1) {
    const pids = alive.map(({ pid }) => pid).join(' and ');
    const lines = alive.map(({ pid, cmdline }) => `${pid}: ${cmdline}`).join('; ');
    if (!together.has(pids)) together.set(pids, `at ${new Date().toISOString()} ${alive.length} nodes lived: ${lines}`);
  }
  if (looks === 0) parentPort?.postMessage('watching');
  Atomics.wait(asked, 0, 0, EVERY);
}
const report: WatchReport = {
  overlaps: [...together.values()],
  pids: [...seen.values()].map(({ pid }) => pid),
  longestGap,
};
parentPort?.postMessage(report);
