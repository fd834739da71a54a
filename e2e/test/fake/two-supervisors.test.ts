import { processesUnder, waitFor } from '@chainvisor/testkit';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { aloneHere, childOf, type Namespace, namespaces, nobody, refusedHere, startIn } from '../../src/elsewhere.ts';
import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { type FakeRun, fakeRun } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { appeared, expectNeverTwo, expectRefused, namesFirst, signalsOf } from '../../src/home-checks.ts';
import { afterKill, fates, watchRun, workedUnder } from '../../src/kill.ts';
import { startStranger } from '../../src/stranger.ts';
import { currentOf, program } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };

describe.concurrent('of two supervisors on one home', () => {
  it('exactly one runs where both are started at the same moment, time after time', async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 30 } });
    const watch = await watchRun(t, run);
    const rounds = 6;
    for (let round = 0; round < rounds; round += 1) {
      const both = [run.start(), run.start()] as const;
      const loser = await Promise.race(both.map((supervisor) => supervisor.ended.then(() => supervisor)));
      const winner = both[0] === loser ? both[1] : both[0];
      await expectRefused(t.expect, loser, [namesFirst(winner.pid), /stop that one first/]);
      await workedUnder(run, winner, 'v1', 0);
      await expectCleanStop(t.expect, run, winner);
    }
    await expectUpgraded(t.expect, run, []);
    t.expect(livesOf(await run.home.events())).toHaveLength(rounds);
    await expectNeverTwo(t.expect, run, watch);
  });

  it('the second is refused while the first is in the middle of an upgrade, which goes on', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const [trace, go] = [join(run.home.dir, 'trace'), join(run.home.dir, 'go')];
    await writeScript(run.at('pre.sh'), `echo begun >> "${trace}"\nuntil [ -e "${go}" ]; do sleep 0.05; done`);
    const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
    const first = run.start(env);
    await appeared(trace);
    await expectRefused(t.expect, run.start(env), [namesFirst(first.pid)]);
    t.expect(first.end()).toBeUndefined();
    await writeFile(go, '');
    await first.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, first);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(await readLines(trace)).toEqual(['begun']);
  });

  it.for([{ gone: ['supervisor.lock'] }, { gone: ['supervisor.lock', 'lock'] }, { gone: ['.'] }])(
    'the second is refused also where somebody has deleted of the first: $gone',
    async ({ gone }, t) => {
      const run = await fakeRun(t, { chain: {} });
      const first = run.start();
      await workedUnder(run, first, 'v1', 0);
      for (const name of gone) await rm(join(run.at('.chainvisor'), name), { recursive: true });
      for (let round = 0; round < 2; round += 1) await expectRefused(t.expect, run.start(), [namesFirst(first.pid)]);
      t.expect(first.end()).toBeUndefined();
      await expectCleanStop(t.expect, run, first);
      const second = run.start();
      await workedUnder(run, second, 'v1', 0);
      await expectCleanStop(t.expect, run, second);
      await expectUpgraded(t.expect, run, []);
    },
  );
});

describe.concurrent('what a dead supervisor has left', () => {
  const strangers = ['that name a process of somebody else by now', 'that are garbage', 'as they were'] as const;
  const rows = strangers.flatMap((records) => fates.map((fate) => ({ records, fate })));

  it.for(rows)('is no obstacle: the records $records, its node $fate', async ({ records, fate }, t) => {
    const run = await fakeRun(t, { chain: {} });
    const first = run.start();
    await workedUnder(run, first, 'v1', 0);
    first.kill('SIGKILL');
    await afterKill(run, first, fate);
    const stranger = startStranger(t, ['sleep', '600']);
    for (const name of await readdir(run.at('.chainvisor'))) {
      if (!/^(?:supervisor-\d+|started)\.json$/.test(name)) continue;
      const path = run.at('.chainvisor', name);
      const text = await readFile(path, 'utf8');
      if (records === strangers[0]) await writeFile(path, text.replaceAll(/"pid":\d+/g, `"pid":${stranger.pid}`));
      if (records === strangers[1]) await writeFile(path, text.slice(0, 20));
    }
    if (records === strangers[1]) await writeFile(run.at('.chainvisor/supervisor.lock'), '\0garbage');

    const second = run.start();
    await workedUnder(run, second, 'v1', 0);
    await expectCleanStop(t.expect, run, second);
    t.expect(stranger.end()).toBeUndefined();
    const events = await run.home.events();
    t.expect(livesOf(events).map(({ code }) => code)).toEqual(fate === 'left alive' ? [0, 0] : [undefined, 0]);
    t.expect(only(events, 'lock-conflict')).toEqual([]);
  });
});

/** Stops whoever runs as this process, and waits until nothing is left of it here. */
async function stopProcess(run: FakeRun, pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await waitFor('the end of all', async () => (await processesUnder(run.home.dir)).length === 0, { timeout: 60_000 });
}

describe.concurrent.each<Namespace>([...namespaces])('a PID namespace $title', (namespace) => {
  const reason = refusedHere(namespace);

  it.skipIf(reason !== '')(`with the first in it, seen from outside${reason}`, async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const first = startIn(t, run, namespace, 'alone');
    const pid = await childOf(first.pid);
    await run.worked(1);
    await expectRefused(t.expect, run.start(), [namesFirst(pid)]);
    t.expect(first.end()).toBeUndefined();
    t.expect(only(await run.home.events(), 'signal')).toEqual([]);
    await stopProcess(run, pid);
    const next = run.start();
    await run.worked(2);
    await expectCleanStop(t.expect, run, next);
    await expectUpgraded(t.expect, run, []);
  });

  it.skipIf(reason !== '')(`with the second in it, or in yet another one${reason}`, async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const elsewhere = [/cannot be seen from here: .*in another container, PID namespace or host/, /last on record: /];
    const first = run.start();
    await run.worked(1);
    await expectRefused(t.expect, startIn(t, run, namespace, 'alone'), [
      ...elsewhere,
      new RegExp(`process ${first.pid} `),
    ]);
    t.expect(first.end()).toBeUndefined();
    await expectCleanStop(t.expect, run, first);

    const second = startIn(t, run, namespace, 'alone');
    const pid = await childOf(second.pid);
    await run.worked(2);
    await expectRefused(t.expect, startIn(t, run, namespace, 'alone'), elsewhere);
    t.expect(second.end()).toBeUndefined();
    t.expect(only(await run.home.events(), 'signal')).toHaveLength(1);
    await stopProcess(run, pid);
    await expectUpgraded(t.expect, run, []);
  });

  it.skipIf(reason !== '')(`with a node left in it: found only by who can see it${reason}`, async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const first = startIn(t, run, namespace, 'behind');
    const shell = await childOf(first.pid);
    await run.worked(1);
    const [life] = livesOf(await run.home.events());
    process.kill(await childOf(shell), 'SIGKILL');
    await waitFor('the supervisor to be gone', async () =>
      (await processesUnder(run.home.dir)).every(({ cmdline }) => cmdline[1] !== program),
    );
    const other = startIn(t, run, namespace, 'alone');
    await expectRefused(t.expect, other, [
      /cannot be seen from here: .*in another container, PID namespace or host/,
      /a node may still be running on this home/,
    ]);
    t.expect(signalsOf(await run.home.events(), life?.pid ?? 0)).toEqual([]);

    const next = run.start();
    await run.worked(2);
    const [old, now] = livesOf(await run.home.events());
    t.expect([old?.code, now?.to]).toEqual([0, undefined]);
    // The init of the namespace lives on.
    t.expect(await next.stop()).toEqual({ code: 0, signal: null });
    await expectUpgraded(t.expect, run, []);
  });
});

describe.concurrent('another user', () => {
  const reason = aloneHere();

  it.skipIf(reason !== '')(`on the same home is refused, root by it and it by root${reason}`, async (t) => {
    const run = await fakeRun(t, { chain: {} });
    spawnSync('chown', ['-R', String(nobody), run.home.dir]);
    const command = [process.execPath, program, 'run', 'start', '--home', run.home.home];
    const as = (uid: number) => startStranger(t, command, { env: run.home.env(), cwd: run.home.dir, uid, gid: uid });
    const theirs = as(nobody);
    await run.worked(1);
    await expectRefused(t.expect, run.start(), [namesFirst(theirs.pid)]);
    t.expect(theirs.end()).toBeUndefined();
    await stopProcess(run, theirs.pid);
    t.expect(await theirs.ended).toEqual({ code: 0, signal: null });

    const ours = run.start();
    await run.worked(2);
    await expectRefused(t.expect, as(nobody), [new RegExp(`process ${ours.pid} \\(.*, since `)]);
    t.expect(ours.end()).toBeUndefined();

    // What root has left behind is not theirs to end: it lives on, named, until root is back.
    ours.kill('SIGKILL');
    await afterKill(run, ours, 'left alive');
    await expectRefused(t.expect, as(nobody), [/is locked by/]);
    const lives = livesOf(await run.home.events());
    t.expect(lives).toHaveLength(2);
    t.expect(signalsOf(await run.home.events(), lives[1]?.pid ?? 0)).toEqual([]);
    const last = run.start();
    await run.worked(3);
    await expectCleanStop(t.expect, run, last);
    await expectUpgraded(t.expect, run, []);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
  });
});
