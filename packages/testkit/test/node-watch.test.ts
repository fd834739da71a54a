import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FakeHome, type NodeWatch, watchNodes, waitFor } from '../src/index.ts';
import { eventsOf, fakeHome, start, untilEvent } from './support.ts';

async function watched(home: FakeHome): Promise<NodeWatch> {
  const watch = await watchNodes({ path: home.home, daemon: home.daemon });
  onTestFinished(() => void watch.stop());
  return watch;
}

describe('a watch over nodes', () => {
  test('reports two that were started side by side', async () => {
    const home = await fakeHome('0.50');
    const watch = await watched(home);
    const [first, second] = [start(home), start(home)];
    // The databases let only one of them in: the other is gone within moments.
    await untilEvent(home, 'lock-conflict');
    await untilEvent(home, 'open');
    const { overlaps, pids } = await watch.stop();
    expect(overlaps).toHaveLength(1);
    for (const { pid } of [first, second])
      expect(overlaps[0]).toContain(`${pid}: ${process.execPath} ${home.genesisBinary} start`);
    expect(new Set(pids)).toEqual(new Set([first.pid, second.pid]));
    expect(await watch.stop()).toEqual(await watch.stop());
  });

  test('sees all of many that follow one another, and no two at once', async () => {
    const home = await fakeHome('0.50');
    const watch = await watched(home);
    const started: number[] = [];
    for (let count = 0; count < 8; count += 1) {
      const node = start(home);
      started.push(node.pid);
      await untilEvent(home, 'start', node.pid);
      // No two ends alike: politely or not, and not collected by anybody but Node.
      await node.stop(count % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
    }
    const { overlaps, pids, longestGap } = await watch.stop();
    expect(overlaps).toEqual([]);
    expect(pids).toEqual(started);
    expect(longestGap).toBeGreaterThan(0);
  });

  test('sees one that lives while the loop of the test stands still', async () => {
    const home = await fakeHome('0.50');
    const watch = await watched(home);
    const [first, second] = [start(home), start(home)];
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    const { overlaps, pids } = await watch.stop();
    expect(overlaps).toHaveLength(1);
    expect(new Set(pids)).toEqual(new Set([first.pid, second.pid]));
  });

  test('counts no wrapper, before it is the node and beside it, and nothing that a node starts', async () => {
    const home = await fakeHome('0.50', { grandchild: true });
    const watch = await watched(home);
    const wrapped = (body: string) => {
      const script = `${home.home}/wrapped/${home.daemon}`;
      writeFileSync(`${home.dir}/wrapper`, `#!/bin/sh\nsleep 0.2\n${body}\n`, { mode: 0o755 });
      return spawn(`${home.dir}/wrapper`, ['start', script], { env: home.env(), stdio: 'ignore' });
    };
    const child = wrapped(`"${home.genesisBinary}" start & wait`);
    onTestFinished(() => void child.kill('SIGKILL'));
    const { pid } = await untilEvent(home, 'open');
    await untilEvent(home, 'grandchild');
    process.kill(pid);
    await waitFor('its end', async () => (await eventsOf(home, 'end')).length === 1);
    const second = wrapped(`exec "${home.genesisBinary}" start`);
    await untilEvent(home, 'open', second.pid);
    const { overlaps, pids } = await watch.stop();
    expect(overlaps).toEqual([]);
    expect(pids).toEqual([pid, second.pid]);
  });

  test('looks only at its own home', async () => {
    const home = await fakeHome('0.50');
    const other = await fakeHome('0.50');
    const watch = await watched(home);
    const node = start(home);
    const foreign = start(other);
    await untilEvent(home, 'open');
    await untilEvent(other, 'open');
    expect(await watch.stop()).toMatchObject({ overlaps: [], pids: [node.pid] });
    expect(foreign.child.exitCode).toBeNull();
  });
});
