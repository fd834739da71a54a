import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import { startChild } from '../src/index.js';
import { liveMembers, signalMembers } from '../src/session.js';
import { readProcessStat } from '../src/process-stat.js';
import { bound, env, fixturePath, isAlive, lineOf, sh, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const LONG = 60_000;

/** Runs a node fixture in the same group, and does not exec it. */
const wrapper = (fixture: string, ...args: string[]) =>
  sh('"$@" & echo $! >pid; wait', process.execPath, fixturePath(fixture), ...args);

describe('what a dead child leaves behind', () => {
  it('is ended before the end of the child is reported', async () => {
    const onRemnants = vi.fn();
    const child = await box.start({
      ...sh('sleep 600 & echo $! >pid; exit 1'),
      cwd: box.dir,
      env,
      onRemnants,
    });
    const ending = await child.ended;
    const pid = Number(await box.said('pid'));
    expect(ending).toMatchObject({ code: 1, reason: 'itself', remnants: 1 });
    expect(isAlive(pid)).toBe(false);
    expect(onRemnants.mock.calls).toEqual([[[pid]]]);
  });

  it('is asked politely first: a node behind a shell that SIGTERM ended shuts down in order', async () => {
    const child = await box.start({ ...wrapper('slow-shutdown.js', '0'), cwd: box.dir, env });
    const pid = Number(await box.said('ready'));
    expect(pid).not.toBe(child.pid);
    const stopping = child.stop({ grace: LONG });
    await box.said('asked');
    expect(readProcessStat(child.pid)).toBeUndefined();
    expect(child.ending).toBeUndefined();
    expect(isAlive(pid)).toBe(true);
    box.write('go', '');
    expect(await stopping).toMatchObject({ signal: 'SIGTERM', reason: 'stopped', remnants: 1 });
    expect(isAlive(pid)).toBe(false);
  });

  it('is ended after a relayed signal too, with the grace that was set for it', async () => {
    const child = await box.start({ ...wrapper('ignore-sigterm.js'), cwd: box.dir, env, remnantGrace: 200 });
    const pid = Number(await box.said('ready'));
    expect(child.relay('SIGTERM')).toBe(true);
    expect(await child.ended).toMatchObject({ signal: 'SIGTERM', reason: 'relayed', remnants: 1 });
    expect(isAlive(pid)).toBe(false);
    expect(readFileSync(box.path('signals'), 'utf8')).toBe('SIGTERM\n');
  });

  it('is killed at the end of the grace of a stop, which says so', async () => {
    const child = await box.start({ ...wrapper('ignore-sigterm.js'), cwd: box.dir, env });
    const pid = Number(await box.said('ready'));
    const onOverdue = vi.fn();
    expect(await child.stop({ grace: 200, onOverdue })).toMatchObject({ signal: 'SIGTERM', remnants: 1 });
    expect(isAlive(pid)).toBe(false);
    expect(readFileSync(box.path('signals'), 'utf8')).toBe('SIGTERM\n');
    expect(onOverdue).toHaveBeenCalledTimes(1);
  });

  it('is still asked politely where the child itself had to be killed', async () => {
    const script = 'trap "" TERM; (trap - TERM; exec "$@") & wait';
    const node = [process.execPath, fixturePath('slow-shutdown.js'), '0'];
    const child = await box.start({ ...sh(script, ...node), cwd: box.dir, env });
    await box.said('ready');
    // The shell gets SIGTERM and ignores it; were the group killed with it, `asked` would never be written.
    const stopping = child.stop({ grace: 2_000 });
    await box.said('asked');
    box.write('go', '');
    expect(await stopping).toMatchObject({ signal: 'SIGKILL', reason: 'killed', remnants: 1 });
  });

  it('can be hurried while it is being waited for', async () => {
    const child = await box.start({ ...wrapper('ignore-sigterm.js'), cwd: box.dir, env, remnantGrace: LONG });
    await box.said('ready');
    const patient = child.stop({ grace: LONG });
    await box.said('signals');
    const ending = await child.stop({ grace: 0 });
    expect(await patient).toBe(ending);
    expect(ending).toMatchObject({ reason: 'stopped', remnants: 1 });
  });

  it('is given the grace of a stop that comes after the death', async () => {
    const child = await box.start({ ...wrapper('ignore-sigterm.js'), cwd: box.dir, env, remnantGrace: LONG });
    await box.said('ready');
    process.kill(child.pid, 'SIGKILL');
    await box.said('signals');
    expect(await child.stop({ grace: 0 })).toMatchObject({ signal: 'SIGKILL', reason: 'itself', remnants: 1 });
  });

  it.skipIf(!existsSync('/bin/bash'))(
    'is found in a group of its own, where job control put it (by bash)',
    async () => {
      const script = 'set -m; "$@" & echo $! >pid; wait';
      const args = ['-c', script, 'bash', process.execPath, fixturePath('slow-shutdown.js'), '0'];
      const onRemnants = vi.fn();
      const child = await box.start({ file: '/bin/bash', args, cwd: box.dir, env, onRemnants });
      const pid = Number(await box.said('ready'));
      expect(readProcessStat(pid)).toMatchObject({ group: pid, session: child.pid });
      const stopping = child.stop({ grace: LONG });
      await box.said('asked');
      expect(child.ending).toBeUndefined();
      box.write('go', '');
      expect(await stopping).toMatchObject({ signal: 'SIGTERM', reason: 'stopped', remnants: 1 });
      expect(isAlive(pid)).toBe(false);
      expect(onRemnants.mock.calls).toEqual([[[pid]]]);
    },
  );

  it.skipIf(!existsSync('/bin/bash'))('is killed in a group of its own as well, beside others (by bash)', async () => {
    const script = 'sleep 600 & set -m; sleep 600 & "$@" & until test -s ready; do :; done; exit 4';
    const args = ['-c', script, 'bash', process.execPath, fixturePath('ignore-sigterm.js')];
    const child = await box.start({ file: '/bin/bash', args, cwd: box.dir, env, remnantGrace: 100 });
    expect(await child.ended).toMatchObject({ code: 4, reason: 'itself', remnants: 3 });
    expect(liveMembers(child.pid)).toEqual([]);
    expect(readFileSync(box.path('signals'), 'utf8')).toBe('SIGTERM\n');
  });

  it('is asked politely also where it was forked by one that had been asked', async () => {
    const script = 'trap \'"$@" & exit 0\' TERM; echo ready >first; while :; do sleep 0.01; done';
    const node = [process.execPath, fixturePath('slow-shutdown.js'), '0'];
    const child = await box.start({
      ...sh('sh -c "$@" & wait', script, 'sh', ...node),
      cwd: box.dir,
      env,
      remnantGrace: LONG,
    });
    await box.said('first');
    const stopping = child.stop({ grace: LONG });
    // Asked before it listens it dies at once, and that is as polite.
    await vi.waitFor(() => expect(child.ending !== undefined || existsSync(box.path('asked'))).toBe(true), bound);
    box.write('go', '');
    expect((await stopping).remnants).toBeGreaterThanOrEqual(2);
  });

  it('is found where it has been suspended', async () => {
    const child = await box.shell('sleep 600 & kill -STOP $!; echo $! >pid; exit 0');
    const pid = Number(await box.said('pid'));
    expect(await child.stop({ grace: 0 })).toMatchObject({ code: 0, remnants: 1 });
    expect(isAlive(pid)).toBe(false);
  });

  it('is ended however many there are', async () => {
    const child = await box.shell('for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; exit 0');
    expect(await child.ended).toMatchObject({ code: 0, remnants: 8 });
    expect(liveMembers(child.pid)).toEqual([]);
  });

  it('does not count when it is a zombie', async () => {
    // The middle process keeps a dead child of the group uncollected, itself in another session.
    const script =
      'sh -c \'(exit 0) & exec setsid sh -c "echo $$ >middle; exec sleep 600"\' & until test -s middle; do :; done; exit 5';
    const child = await box.shell(script);
    const ending = await child.ended;
    const middle = Number(await box.said('middle'));
    expect(isAlive(middle)).toBe(true);
    process.kill(middle, 'SIGKILL');
    expect(ending).toMatchObject({ code: 5, remnants: 0 });
  });

  it('is left alone where it made a session of its own', async () => {
    const child = await box.shell(
      'setsid sh -c "echo $$ >away.new; echo \\$\\$ >away; exec sleep 600" & until test -s away; do :; done',
    );
    const ending = await child.ended;
    const away = Number(await box.said('away'));
    expect(isAlive(away)).toBe(true);
    process.kill(away, 'SIGKILL');
    expect(ending.remnants).toBe(0);
  });
});

describe('sessions', () => {
  it('have the members that live in them, and nobody of another session', async () => {
    const child = await box.shell('sleep 600 & echo $! >pid; wait');
    const pid = Number(await box.said('pid'));
    expect([...liveMembers(child.pid)].sort()).toEqual([child.pid, pid].sort());
    expect(liveMembers(pid)).toEqual([]);
    await child.stop({ grace: LONG });
    expect(liveMembers(child.pid)).toEqual([]);
  });

  it('are not what a stranger is killed for who has the number of a dead member', async () => {
    const [ours, stranger] = [await box.shell('exec sleep 600'), await box.shell('exec sleep 600')];
    signalMembers(ours.pid, [stranger.pid], 'SIGKILL');
    signalMembers(ours.pid, [ours.pid, 2 ** 30], 'SIGKILL');
    expect(await ours.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(isAlive(stranger.pid)).toBe(true);
  });

  it.each(['missing', 'empty'])('are known only as the group of their leader where /proc is %s', async (kind) => {
    const proc = box.path('proc');
    if (kind === 'empty') mkdirSync(proc);
    const child = await box.shell('echo ready >ready; exec sleep 600');
    await box.said('ready');
    expect(liveMembers(child.pid, proc)).toEqual([child.pid]);
    signalMembers(child.pid, [child.pid], 'SIGUSR1', proc);
    expect(await child.ended).toMatchObject({ signal: 'SIGUSR1' });
    expect(liveMembers(child.pid, proc)).toEqual([]);
  });

  it('are looked through again where a process was missed, which may have forked another', () => {
    const stat = (pid: number, session: number, state = 'S') =>
      `${pid} (x) ${state} 1 ${session} ${session} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0\n`;
    const proc = box.path('proc');
    for (const pid of [process.pid, 11, 12]) mkdirSync(box.path(`proc/${pid}`), { recursive: true });
    box.write(`proc/${process.pid}/stat`, stat(process.pid, 1));
    // Gone when it is read, and for ever: the search ends all the same. A zombie of the session is nobody.
    box.write('proc/12/stat', stat(12, 10, 'Z'));
    expect(liveMembers(10, proc)).toEqual([]);
    box.write('proc/11/stat', stat(11, 10));
    expect(liveMembers(10, proc)).toEqual([11]);
  });
});

describe.skipIf(process.getuid?.() !== 0)('a remnant that cannot be killed (of another user: made by root)', () => {
  it('is named once after the time for dying, and waited for until it is gone', async () => {
    const report = openSync(box.path('report'), 'w');
    const fixture = spawn(process.execPath, [fixturePath('stuck-remnant.js')], {
      cwd: box.dir,
      env,
      stdio: ['ignore', report, 'inherit'],
    });
    closeSync(report);
    const over = once(fixture, 'exit');
    const { pids, ...said } = JSON.parse(await box.said('report')) as Record<string, unknown> & { pids: number[] };
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await over;
    const message = `still there after SIGKILL: process ${pids[0]} (state S: sleeping) of another user`;
    expect(said).toEqual({
      stuck: [['RUNNER_WILL_NOT_DIE', message]],
      run: 'RUNNER_WILL_NOT_DIE',
      stop: 'RUNNER_WILL_NOT_DIE',
      ending: 'none',
      alive: [true, true],
    });
    const [, last] = (await box.said('report')).split('\n');
    expect(JSON.parse(last ?? '')).toMatchObject({ code: 3, reason: 'itself', remnants: 1, told: 1 });
  });
});

describe('two children', () => {
  it('are stopped one by one, each with its own group', async () => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map((name) => startChild({ ...sh('sleep 600 & echo $! >$1; wait', name), cwd: box.dir, env })),
    );
    const pids = await Promise.all(['one', 'two'].map((name) => lineOf(box.path(name))));
    expect(await one?.stop({ grace: LONG })).toMatchObject({ reason: 'stopped', remnants: 1 });
    expect(isAlive(Number(pids[1]))).toBe(true);
    await vi.waitFor(() => expect(isAlive(Number(pids[0]))).toBe(false), bound);
    expect(await two?.stop({ grace: LONG })).toMatchObject({ reason: 'stopped', remnants: 1 });
  });
});
