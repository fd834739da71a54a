import { type Profile, processesUnder, waitFor } from '@chainvisor/testkit';
import { readFileSync } from 'node:fs';
import { describe, it, vi } from 'vitest';

import { expectCleanStop } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { blocksLater } from '../../src/fake-info.ts';
import { expectEnd } from '../../src/fake-signals.ts';
import { fakeRun, release } from '../../src/fake-run.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('a signal while the node runs', () => {
  it.for<{ signal: NodeJS.Signals; profile: Profile; code: number }>([
    { signal: 'SIGTERM', profile: '0.53', code: 0 },
    { signal: 'SIGTERM', profile: '0.47', code: 0 },
    { signal: 'SIGTERM', profile: '0.45', code: 0 },
    { signal: 'SIGINT', profile: '0.53', code: 0 },
    { signal: 'SIGINT', profile: '0.47', code: 0 },
    { signal: 'SIGQUIT', profile: '0.53', code: 2 },
    { signal: 'SIGHUP', profile: '0.45', code: 129 },
  ])(
    'is relayed once, and the end is that of the node: $signal, SDK $profile, $code',
    async ({ signal, profile, code }, t) => {
      const run = await fakeRun(t, { profile, chain: {} });
      const supervisor = run.start();
      await run.reached(3);
      supervisor.kill(signal);
      await expectEnd(t, run, supervisor, code, [signal]);
      const how = code === 129 ? 'was ended by SIGHUP' : `exited with code ${code}`;
      t.expect(supervisor.log()).toMatch(new RegExp(`palomad ${how}: this is the node's own end exit=${code}\n$`));
      t.expect(supervisor.log().match(/signal relayed to the node/g)).toHaveLength(1);
    },
  );

  it('that asks for no end is relayed once, and the node lives on', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    await run.reached(3);
    const sent = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
    for (const signal of sent) {
      supervisor.kill(signal);
      await run.event(signal, (event) => event.event === 'signal' && event.signal === signal);
    }
    await blocksLater(run, 3);
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 0, [...sent, 'SIGTERM']);
    t.expect(livesOf(await run.home.events())).toHaveLength(1);
  });

  it('is relayed again where it is sent again', async (t) => {
    const run = await fakeRun(t, { chain: { shutdown: 3000 } });
    const supervisor = run.start();
    await run.reached(3);
    for (let count = 1; count <= 3; count++) {
      supervisor.kill('SIGTERM');
      // Two that wait for one process are one: the next is sent when this one has arrived.
      await waitFor(`signal ${count}`, async () => only(await run.home.events(), 'signal').length === count);
    }
    await expectEnd(t, run, supervisor, 0, ['SIGTERM', 'SIGTERM', 'SIGTERM']);
  });

  it('that the node does not heed leaves it alone; the next one may end it', async (t) => {
    const run = await fakeRun(t, { chain: { ignoreSigterm: true } });
    const supervisor = run.start({ DAEMON_SHUTDOWN_GRACE: '100ms' });
    await run.reached(3);
    supervisor.kill('SIGTERM');
    await run.event('SIGTERM', ({ event }) => event === 'signal');
    // The grace is for an upgrade: an operator's signal is no order to kill. systemd has a time limit of its own.
    await blocksLater(run, 10);
    supervisor.kill('SIGQUIT');
    await expectEnd(t, run, supervisor, 2, ['SIGTERM', 'SIGQUIT']);
  });

  it('that the node has from somebody else as well does no harm', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    const { pid } = await run.reached(3);
    // As systemd does without KillMode=mixed.
    process.kill(pid, 'SIGTERM');
    supervisor.kill('SIGTERM');
    t.expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    t.expect(await processesUnder(run.home.dir)).toEqual([]);
    t.expect(livesOf(await run.home.events())).toMatchObject([{ code: 0 }]);
  });

  it('reaches a node that is still opening its databases', async (t) => {
    const run = await fakeRun(t, { chain: { startTime: 1500 } });
    const supervisor = run.start();
    await run.event('the node', ({ event }) => event === 'start');
    supervisor.kill('SIGTERM');
    await expectEnd(t, run, supervisor, 0, ['SIGTERM']);
  });

  it('at the very beginning ends us, whether there is a node yet or not', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    await supervisor.saw(/INF chainvisor version=/);
    supervisor.kill('SIGTERM');
    const { code } = await supervisor.ended;
    // Without a node ours; a node that has not installed its handlers yet dies by it; else it ends by itself.
    t.expect([0, 143]).toContain(code);
    t.expect(await processesUnder(run.home.dir)).toEqual([]);
  });

  it('of a terminal does not reach the node by itself: it leads a session of its own', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    const { pid } = await run.reached(2);
    const [, , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    t.expect([group, session]).toEqual([String(pid), String(pid)]);
    await expectCleanStop(t.expect, run, supervisor);
  });
});

describe.concurrent('the end of a node by itself', () => {
  it.for([
    { title: 'a crash', chain: { crashAtHeight: 4 }, code: 2 },
    { title: 'a code of its own', chain: { exitAtHeight: { height: 4, code: 9 } }, code: 9 },
    { title: 'code 0', chain: { exitAtHeight: { height: 4, code: 0 } }, code: 0 },
    { title: 'a code like one of ours', chain: { exitAtHeight: { height: 4, code: 78 } }, code: 78 },
  ])('is ours: $title', async ({ chain, code }, t) => {
    const run = await fakeRun(t, { chain });
    const supervisor = run.start();
    await expectEnd(t, run, supervisor, code, []);
    const level = code === 0 ? 'INF' : 'ERR';
    t.expect(supervisor.log()).toMatch(
      new RegExp(`${level} palomad exited with code ${code}: this is the node's own end exit=${code}\n$`),
    );
    t.expect(livesOf(await run.home.events())).toHaveLength(1);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
  });

  it('is ours: at once, without a block', async (t) => {
    const startFailure = { code: 127, stderr: 'palomad: error while loading shared libraries: libwasmvm.so\n' };
    const run = await fakeRun(t, { genesis: { ...release('0.53', 'v1'), startFailure }, chain: {} });
    const supervisor = run.start();
    await expectEnd(t, run, supervisor, 127, []);
    t.expect(supervisor.log()).toContain(startFailure.stderr);
  });

  it('is ours: killed by somebody', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    await run.reached(3);
    await run.home.kill();
    await expectEnd(t, run, supervisor, 137, []);
    t.expect(supervisor.log()).toMatch(/ERR palomad was ended by SIGKILL: this is the node's own end exit=137\n$/);
  });
});
