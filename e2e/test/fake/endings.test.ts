import { processesUnder, waitFor } from '@chainvisor/testkit';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, proofOf } from '../../src/fake-checks.ts';
import { executions, livesOf, only } from '../../src/fake-facts.ts';
import { wrapGenesis, wrapNode } from '../../src/fake-leftovers.ts';
import { makeMemoryGroup, whyNoMemoryGroup } from '../../src/fake-memory.ts';
import { chain, expectNextFinishes, heard, v2 } from '../../src/fake-phases.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { expectEnd } from '../../src/fake-signals.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const noMemoryGroup = await whyNoMemoryGroup();

describe.concurrent('what a node leaves behind in its own session', () => {
  it.for([
    { title: 'an operator’s stop', end: 'SIGTERM' as const, more: {}, code: 0 },
    { title: 'its own end', end: undefined, more: { exitAtHeight: { height: 3, code: 9 } }, code: 9 },
  ])('is ended with it: $title', async ({ end, more, code }, t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40, grandchild: true, ...more } });
    const supervisor = run.start();
    await run.reached(3);
    if (end !== undefined) supervisor.kill(end);
    await expectEnd(t, run, supervisor, code, end === undefined ? [] : [end]);
    t.expect(only(await run.home.events(), 'grandchild')).toHaveLength(1);
    t.expect(supervisor.log()).toContain('the node left processes behind: ending them');
    t.expect(supervisor.log()).toMatch(new RegExp(`this is the node's own end exit=${code}\n$`));
  });
});

describe.concurrent('a node that ends by itself at the height', () => {
  it.for([
    { how: 'with code 0', last: 'exit 0' },
    { how: 'with code 7', last: 'exit 7' },
    { how: 'with a code like one of ours', last: 'exit 70' },
    { how: 'killed', last: 'kill -9 $$' },
  ])('is upgraded by the same run: $how', async ({ last }, t) => {
    const run = await fakeRun(t, { chain: { ...chain, mode: 'blocksync' } });
    await wrapNode(run, run.home.genesisBinary, 'v1', `"$real" "$@"\n${last}`);
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(await proofOf(run, v2)).toBe('the node wrote the file and ended by itself');
  });

  it.for([0, 9])(
    'one block before it ends us with its code %s; the next start goes through the height',
    async (code, t) => {
      const run = await fakeRun(t, { chain: { ...chain, exitAtHeight: { height: v2.height - 1, code } } });
      await run.stage('v2');
      const supervisor = run.start();
      await expectEnd(t, run, supervisor, code, []);
      t.expect(supervisor.log()).toMatch(
        new RegExp(`palomad exited with code ${code}: this is the node's own end exit=${code}\n$`),
      );
      t.expect(existsSync(run.home.infoFile)).toBe(false);
      await expectNextFinishes(t, run, ['v1', 'v1', 'v2']);
    },
  );
});

describe.concurrent('a node that somebody kills', () => {
  it('while it runs: the last lines say what happened and whose end it was', async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    const supervisor = run.start();
    const { pid } = await run.reached(3);
    process.kill(pid, 'SIGKILL');
    await expectEnd(t, run, supervisor, 137, []);
    t.expect(supervisor.log()).toMatch(
      /nobody here has killed the node: .*want of memory.*\n.*palomad was ended by SIGKILL: this is the node's own end exit=137\n$/,
    );
  });

  it('while it is being stopped for the upgrade: the upgrade goes on', async (t) => {
    const run = await fakeRun(t, { chain: { ...chain, shutdown: 60_000 } });
    await run.stage('v2');
    const supervisor = run.start();
    await heard(run, 1, 1);
    await run.home.setChain({ shutdown: 0 });
    const [old] = livesOf(await run.home.events());
    process.kill(old?.pid ?? 0, 'SIGKILL');
    await supervisor.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(supervisor.log()).not.toContain('killing it');
  });

  it('while it migrates: its end is ours, and the next start migrates again', async (t) => {
    const run = await fakeRun(t, { chain: { ...chain, migration: { time: 1500 } } });
    await run.stage('v2');
    const supervisor = run.start();
    const { pid } = await run.event('the migration', ({ event }) => event === 'migrating');
    process.kill(pid, 'SIGKILL');
    t.expect(await supervisor.ended).toEqual({ code: 137, signal: null });
    t.expect(supervisor.log()).toMatch(/was ended by SIGKILL: this is the node's own end exit=137\n$/);
    t.expect(await processesUnder(run.home.dir)).toEqual([]);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, second);
    const events = await run.home.events();
    t.expect(livesOf(events).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
    t.expect(only(events, 'migrating')).toHaveLength(2);
    t.expect(only(events, 'applied')).toHaveLength(1);
    t.expect([...executions(events).values()].filter((versions) => versions.length > 1)).toEqual([]);
  });

  const title = 'the system, for want of memory: code 137, and where to look';
  it.skipIf(noMemoryGroup !== undefined)(
    noMemoryGroup === undefined ? title : `${title} (skipped: ${noMemoryGroup})`,
    async (t) => {
      const group = makeMemoryGroup(200 * 1024 * 1024);
      const run = await fakeRun(t, { chain: { blockTime: 40 } });
      t.onTestFinished(async () => {
        await run.home.kill();
        await group.remove();
      });
      const greedy = join(run.home.dir, 'greedy.cjs');
      await writeFile(greedy, 'const kept = []; setInterval(() => kept.push(Buffer.alloc(4 << 20, 1)), 20).unref();\n');
      await wrapGenesis(run, `echo $$ > "${group.join}"\nexport NODE_OPTIONS="--require ${greedy}"`);
      const supervisor = run.start();
      await expectEnd(t, run, supervisor, 137, []);
      await waitFor('the kernel’s own count', () => group.killed() > 0);
      t.expect(supervisor.log()).toMatch(
        /nobody here has killed the node: .*want of memory.*\n.*palomad was ended by SIGKILL: this is the node's own end exit=137\n$/,
      );
      t.expect(only(await run.home.events(), 'block').length).toBeGreaterThan(0);
    },
  );
});
