import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import { RunnerError } from '../src/index.js';
import { readProcessStat } from '../src/process-stat.js';
import { bound, env, fixturePath, isAlive, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const LONG = 60_000;

describe('stop', () => {
  it('ends a child by SIGTERM, and is done only when the child is gone', async () => {
    const child = await box.shell('echo ready >ready; exec sleep 600');
    await box.said('ready');
    const ending = await child.stop({ grace: LONG });
    expect(ending).toMatchObject({ code: undefined, signal: 'SIGTERM', reason: 'stopped', signalSent: undefined });
    expect(readProcessStat(child.pid)).toBeUndefined();
    expect(() => process.kill(-child.pid, 0)).toThrow('ESRCH');
  });

  it('lets a child that shuts down take its time, and reports its own exit code', async () => {
    const child = await box.fixture('slow-shutdown.js', '7');
    await box.said('ready');
    const overdue = vi.fn();
    const stopping = child.stop({ grace: LONG, onOverdue: overdue });
    await box.said('asked');
    expect(child.ending).toBeUndefined();
    box.write('go', '');
    expect(await stopping).toMatchObject({ code: 7, signal: undefined, reason: 'stopped' });
    expect(overdue).not.toHaveBeenCalled();
  });

  it('uses force once the grace is over, and says so once', async () => {
    const child = await box.fixture('ignore-sigterm.js');
    await box.said('ready');
    const overdue = vi.fn();
    const stopping = child.stop({ grace: 300, onOverdue: overdue });
    await box.said('signals');
    expect(overdue).not.toHaveBeenCalled();
    expect(await stopping).toMatchObject({ code: undefined, signal: 'SIGKILL', reason: 'killed' });
    expect(overdue).toHaveBeenCalledTimes(1);
    expect(isAlive(child.pid)).toBe(false);
  });

  it('kills a child that was suspended, which sees no SIGTERM, without waking it up', async () => {
    const child = await box.shell('trap "echo woke >woke" TERM; echo ready >ready; while :; do :; done');
    await box.said('ready');
    expect(child.relay('SIGSTOP')).toBe(true);
    await vi.waitFor(() => expect(readProcessStat(child.pid)?.state).toBe('T'), bound);
    expect(await child.stop({ grace: 100 })).toMatchObject({
      signal: 'SIGKILL',
      reason: 'killed',
      signalSent: 'SIGSTOP',
    });
    expect(() => readFileSync(box.path('woke'))).toThrow('ENOENT');
  });

  it('is one and the same for all who call it, and SIGTERM is sent once', async () => {
    const child = await box.fixture('ignore-sigterm.js');
    await box.said('ready');
    const [first, second] = [vi.fn(), vi.fn()];
    const endings = await Promise.all([
      child.stop({ grace: 400, onOverdue: first }),
      child.stop({ grace: LONG, onOverdue: second }),
      child.stop({ grace: 400 }),
      child.ended,
    ]);
    expect(new Set(endings).size).toBe(1);
    expect(readFileSync(box.path('signals'), 'utf8')).toBe('SIGTERM\n');
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).not.toHaveBeenCalled();
  });

  it('is hurried by a later call with less grace', async () => {
    const child = await box.fixture('ignore-sigterm.js');
    await box.said('ready');
    const patient = child.stop({ grace: LONG * 60 });
    await box.said('signals');
    const ending = await child.stop({ grace: 0 });
    expect(ending.reason).toBe('killed');
    expect(await patient).toBe(ending);
  });

  it('does not turn a grace of many years into one millisecond', async () => {
    const child = await box.fixture('slow-shutdown.js', '0');
    await box.said('ready');
    const overdue = vi.fn();
    const stopping = child.stop({ grace: Infinity, onOverdue: overdue });
    await box.said('asked');
    void child.stop({ grace: 2 ** 40 });
    box.write('go', '');
    expect(await stopping).toMatchObject({ code: 0, reason: 'stopped' });
    expect(overdue).not.toHaveBeenCalled();
  });

  it('refuses a grace that is not a number, and leaves the child alone', async () => {
    const child = await box.fixture('ignore-sigterm.js');
    await box.said('ready');
    await expect(child.stop({ grace: NaN })).rejects.toThrow(RangeError);
    expect(child.ending).toBeUndefined();
    expect(isAlive(child.pid)).toBe(true);
  });

  it('answers at once for a child that has ended, with how it had ended', async () => {
    const child = await box.shell('exit 3');
    const ending = await child.ended;
    const overdue = vi.fn();
    expect(await child.stop({ grace: 0, onOverdue: overdue })).toBe(ending);
    expect(ending).toMatchObject({ code: 3, reason: 'itself' });
    expect(overdue).not.toHaveBeenCalled();
  });

  it('does not claim the death of a child that had died before it was asked', async () => {
    const child = await box.shell('echo ready >ready; until test -e go; do :; done; exit 2');
    await box.said('ready');
    box.write('go', '');
    // Blocks this thread, so that the death is there but was not reported.
    const patience = performance.now() + bound.timeout;
    while (readProcessStat(child.pid)?.state !== 'Z') if (performance.now() > patience) throw new Error('no death');
    expect(child.ending).toBeUndefined();
    expect(child.relay('SIGINT')).toBe(false);
    expect(await child.stop({ grace: LONG })).toMatchObject({ code: 2, reason: 'itself', signalSent: undefined });
  });
});

describe('relay', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1'] as const)(
    'hands %s to the child and records it',
    async (signal) => {
      const child = await box.shell('ulimit -c 0; echo ready >ready; exec sleep 600');
      await box.said('ready');
      expect(child.relay(signal)).toBe(true);
      expect(await child.ended).toMatchObject({ signal, reason: 'relayed', signalSent: signal });
      expect(child.relay(signal)).toBe(false);
    },
  );

  it('does not take a signal that asks for nothing for the reason of a later stop', async () => {
    const child = await box.shell('trap "echo got >got" USR1; echo ready >ready; while :; do :; done');
    await box.said('ready');
    expect(child.relay('SIGUSR1')).toBe(true);
    await box.said('got');
    expect(await child.stop({ grace: LONG })).toMatchObject({ reason: 'stopped', signalSent: 'SIGUSR1' });
  });

  it('keeps the operator as the reason where a polite stop follows', async () => {
    const child = await box.fixture('slow-shutdown.js', '0');
    await box.said('ready');
    expect(child.relay('SIGTERM')).toBe(true);
    await box.said('asked');
    const stopping = child.stop({ grace: LONG });
    box.write('go', '');
    expect(await stopping).toMatchObject({ code: 0, reason: 'relayed', signalSent: 'SIGTERM' });
  });

  it('tells force apart even where the operator had asked', async () => {
    const child = await box.fixture('ignore-sigterm.js');
    await box.said('ready');
    child.relay('SIGTERM');
    await box.said('signals');
    expect(await child.stop({ grace: 0 })).toMatchObject({
      signal: 'SIGKILL',
      reason: 'killed',
      signalSent: 'SIGTERM',
    });
  });
});

const calls = { x64: ['157', '101'], arm64: ['167', '117'] }[process.arch as 'x64' | 'arm64'] as string[] | undefined;

describe.skipIf(calls === undefined)(
  'a child that does not die of SIGKILL (one that is traced: on x64 and arm64)',
  () => {
    it('is named with its state after the time for dying, and can be waited for again (where tracing is allowed)', async (context) => {
      const child = await box.start({
        file: '/usr/bin/perl',
        args: [fixturePath('trace.pl'), ...(calls ?? [])],
        cwd: box.dir,
        env: {},
      });
      // Some sandboxes forbid tracing.
      if ((await box.said('ready')) === 'refused') context.skip('tracing is not allowed here');
      const options = { grace: 10, deathTimeout: 200 };
      const failure: unknown = await child.stop(options).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(RunnerError);
      expect(failure).toMatchObject({
        code: 'RUNNER_WILL_NOT_DIE',
        hint: expect.stringContaining('tracers') as string,
      });
      expect((failure as Error).message).toMatch(new RegExp(`process ${child.pid} \\(state Z: zombie`));
      expect(child.ending).toBeUndefined();
      await expect(child.stop({ grace: 0, deathTimeout: 50 })).rejects.toThrow('still there after SIGKILL');

      const patient = child.stop({ grace: 0 });
      writeFileSync(box.path('release'), '');
      expect(await patient).toMatchObject({ signal: 'SIGKILL', reason: 'killed' });
    });
  },
);

describe.skipIf(process.getuid?.() !== 0)('a child of another user (made by root)', () => {
  it('is not there to be signalled, which is said instead of waiting', async () => {
    // A file and no pipe: the child, which inherits it, outlives the fixture.
    const report = openSync(box.path('report'), 'w');
    spawnSync(process.execPath, [fixturePath('other-user.js')], {
      env,
      stdio: ['ignore', report, 'inherit'],
      timeout: 20_000,
    });
    closeSync(report);
    const { pid, relayed, error, alive } = JSON.parse(await box.said('report')) as Record<string, unknown>;
    process.kill(Number(pid), 'SIGKILL');
    expect({ relayed, error, alive }).toEqual({ relayed: false, error: 'RUNNER_SIGNAL_REFUSED', alive: true });
  });
});
