import { readFileSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import { startChild } from '../src/index.js';
import { liveMembers, signalGroup } from '../src/process-group.js';
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

describe('process groups', () => {
  it('has the members that live in it, and nobody of another session', async () => {
    const child = await box.shell('sleep 600 & echo $! >pid; wait');
    const pid = Number(await box.said('pid'));
    expect(liveMembers(child.pid)).toEqual([child.pid, pid]);
    // This test's own group is led in a session that is not of that number.
    const own = readProcessStat('self');
    if (own && own.group !== own.session) expect(liveMembers(own.group)).toEqual([]);
    await child.stop({ grace: LONG });
    expect(liveMembers(child.pid)).toEqual([]);
  });

  it('is known only as a whole where there is no /proc', async () => {
    const child = await box.shell('echo ready >ready; exec sleep 600');
    await box.said('ready');
    expect(liveMembers(child.pid, '/nowhere')).toEqual([child.pid]);
    await child.stop({ grace: LONG });
    expect(liveMembers(child.pid, '/nowhere')).toEqual([]);
    expect(signalGroup(child.pid, 'SIGTERM')).toBe(false);
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
