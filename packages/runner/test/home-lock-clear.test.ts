import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import { readProcessStat } from '../src/process-stat.js';
import { failureOf, linesIn, useHome } from './helpers/home.js';
import { bound, env, fixturePath, isAlive, program, sh, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const home = useHome(box);
const LONG = 60_000;
/** Says who it is once it has left the session. */
const LEAVER = `setsid sh -c 'echo $$ >pid; exec sleep 600'`;
const node = (fixture: string, ...args: string[]) => [process.execPath, fixturePath(fixture), ...args].join(' ');

describe('clear, after a supervisor was killed,', () => {
  it('asks its node to end, and is done when that has ended in its own time', async () => {
    await home.orphan(`exec ${node('slow-shutdown.js', '0')}`);
    const pid = Number(await box.said('ready'));
    const lock = await home.take();
    const [onFound, onOverdue] = [vi.fn(), vi.fn()];
    let done = false;
    const clearing = lock.clear({ grace: LONG, onFound, onOverdue }).then(() => (done = true));
    expect(await box.said('asked')).toBe(`${pid}`);
    expect(done).toBe(false);
    expect(isAlive(pid)).toBe(true);
    box.write('go', '');
    await clearing;
    expect(isAlive(pid)).toBe(false);
    expect(onFound.mock.calls).toEqual([
      [
        [
          {
            pid,
            command: expect.stringContaining('slow-shutdown.js 0') as string,
            since: expect.stringMatching(/^2.*Z$/) as string,
          },
        ],
      ],
    ]);
    expect(onOverdue).not.toHaveBeenCalled();
  });

  it('kills who ignores that, once the grace is over, having asked once', async () => {
    const { child } = await home.orphan(`exec ${node('ignore-sigterm.js')}`);
    await box.said('ready');
    const lock = await home.take();
    const onOverdue = vi.fn();
    await lock.clear({ grace: 200, onOverdue });
    expect(isAlive(child)).toBe(false);
    expect(linesIn(box.path('signals'))).toBe(1);
    expect(onOverdue).toHaveBeenCalledTimes(1);
    expect(onOverdue).toHaveBeenCalledWith([expect.objectContaining({ pid: child })]);
  });

  it('finds also who has left the session and forked twice', async () => {
    await home.orphan(`setsid sh -c '(exec ${node('slow-shutdown.js', '0')}) & exit 0'; exit 0`);
    const pid = Number(await box.said('ready'));
    home.straggler(pid);
    box.write('go', '');
    expect(readProcessStat(pid)?.session).not.toBe(readProcessStat(process.pid)?.session);
    const lock = await home.take();
    await lock.clear({ grace: LONG });
    expect(await box.said('asked')).toBe(`${pid}`);
    expect(isAlive(pid)).toBe(false);
  });

  it('asks the shell as well as the node that it runs', async () => {
    const { child } = await home.orphan(`${node('slow-shutdown.js', '0')} & wait`);
    const pid = Number(await box.said('ready'));
    home.straggler(pid);
    const lock = await home.take();
    const clearing = lock.clear({ grace: LONG });
    await box.said('asked');
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), bound);
    box.write('go', '');
    await clearing;
    expect(isAlive(pid)).toBe(false);
  });

  it('finds who was forked by somebody it had asked', async () => {
    // What a shell ignores, its children ignore from their first moment.
    await home.orphan(
      `trap 'trap "" TERM; sleep 600 & echo $! >forked; exit 0' TERM; echo . >up; while :; do sleep 0.01; done`,
    );
    await box.said('up');
    const lock = await home.take();
    const clearing = lock.clear({ grace: 1_000 });
    const pid = Number(await box.said('forked'));
    home.straggler(pid);
    await clearing;
    expect(isAlive(pid)).toBe(false);
  });

  it('finds who has closed what it inherited, by what is on record', async () => {
    const { child } = await home.orphan('exec 3>&-; echo closed >closed; exec sleep 600');
    await box.said('closed');
    const lock = await home.take();
    expect(() => lock.descriptor).toThrow('may still live');
    await lock.clear({ grace: LONG });
    expect(isAlive(child)).toBe(false);
  });

  it.each(['the record is lost', 'the lock file was deleted'])('finds it although %s', async (what) => {
    const { child } = await home.orphan('exec sleep 600');
    rmSync(home.file(what === 'the record is lost' ? 'started.json' : 'lock'));
    const lock = await home.take();
    await lock.clear({ grace: LONG });
    expect(isAlive(child)).toBe(false);
  });

  it('can be aborted, and tried again', async () => {
    const { child } = await home.orphan(`exec ${node('slow-shutdown.js', '0')}`);
    await box.said('ready');
    const lock = await home.take();
    const abort = new AbortController();
    const clearing = failureOf(lock.clear({ grace: LONG, signal: abort.signal }));
    await box.said('asked');
    abort.abort(new Error('enough'));
    expect(await clearing).toMatchObject({ code: 'RUNNER_ABORTED', cause: { message: 'enough' } });
    expect(isAlive(child)).toBe(true);
    expect(() => lock.descriptor).toThrow('may still live');
    box.write('go', '');
    await lock.clear({ grace: LONG });
    expect(isAlive(child)).toBe(false);
    expect(await failureOf(lock.clear({ grace: LONG, signal: abort.signal }))).toMatchObject({
      code: 'RUNNER_ABORTED',
    });
  });

  it('survives callbacks that fail only where they were called', async () => {
    await home.orphan('exec sleep 600');
    const lock = await home.take();
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    const onFound = () => {
      throw new Error('of the caller');
    };
    try {
      await lock.clear({ grace: LONG, onFound });
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    expect(thrown).toEqual([new Error('of the caller')]);
    expect(lock.descriptor).toBeTypeOf('number');
  });
});

describe('clear', () => {
  it('ends what we have started ourselves and lost sight of', async () => {
    const lock = await home.take();
    const child = await box.start({
      ...sh(`${LEAVER} & wait`),
      cwd: box.dir,
      env,
      inherit: [lock.descriptor as number],
    });
    const pid = Number(await box.said('pid'));
    home.straggler(pid);
    await child.stop({ grace: LONG });
    expect(isAlive(pid)).toBe(true);
    await lock.clear({ grace: LONG });
    expect(isAlive(pid)).toBe(false);
  });

  it('finds what holds a lock file that was deleted since', async () => {
    const lock = await home.take();
    const script = `${LEAVER} & until test -e pid; do sleep 0.01; done`;
    const child = await box.start({ ...sh(script), cwd: box.dir, env, inherit: [lock.descriptor as number] });
    const pid = Number(await box.said('pid'));
    home.straggler(pid);
    await child.ended;
    rmSync(home.file('lock'));
    await lock.clear({ grace: LONG });
    expect(isAlive(pid)).toBe(false);
    expect(lock.descriptor).toBeTypeOf('number');
  });

  it('names who outlives SIGKILL by the time for dying, and can be tried again', async () => {
    const { child } = await home.orphan(`exec ${node('ignore-sigterm.js')}`);
    await box.said('ready');
    const lock = await home.take();
    // No time at all: whoever was killed is still there at the next look.
    const failure = await failureOf(lock.clear({ grace: 0, deathTimeout: 0 }));
    expect(failure).toMatchObject({ code: 'RUNNER_WILL_NOT_DIE', hint: expect.stringContaining('tracers') as string });
    expect(failure.message).toContain(`process ${child} (state `);
    expect(() => lock.descriptor).toThrow('may still live');
    await lock.clear({ grace: 0 });
    expect(isAlive(child)).toBe(false);
  });

  it.each(['grace', 'deathTimeout'])('refuses a %s that is not a number, and signals nobody', async (name) => {
    const { child } = await home.orphan('exec sleep 600');
    const lock = await home.take();
    await expect(lock.clear({ grace: LONG, [name]: NaN })).rejects.toThrow(RangeError);
    expect(isAlive(child)).toBe(true);
    await lock.clear({ grace: LONG });
  });

  it('does not wait for a zombie that had the lock', async () => {
    const lock = await home.take();
    // A program that does not collect the child it has from the shell before it, and has no lock itself.
    const script = 'sh -c "echo \\$\\$ >zombie; until test -e go; do sleep 0.01; done" & exec 3>&-; exec sleep 600';
    const parent = await box.start({ ...sh(script), cwd: box.dir, env, inherit: [lock.descriptor as number] });
    const zombie = Number(await box.said('zombie'));
    lock.started(zombie, 'a zombie');
    // A shell that is still there would collect it.
    const isSleep = () => expect(readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
    await vi.waitFor(isSleep, bound);
    box.write('go', '');
    await vi.waitFor(() => expect(readProcessStat(zombie)?.state).toBe('Z'), bound);
    const onFound = vi.fn();
    await lock.clear({ grace: LONG, onFound });
    expect(readProcessStat(zombie)?.state).toBe('Z');
    expect(isAlive(parent.pid)).toBe(true);
    expect(onFound).not.toHaveBeenCalled();
  });

  it('does nothing where nothing was started since', async () => {
    const lock = await home.take();
    expect(lock.descriptor).toBeTypeOf('number');
    await lock.clear({ grace: LONG });
    // Taking the lock anew would make its file.
    const onFound = vi.fn();
    rmSync(home.dir, { recursive: true });
    await lock.clear({ grace: LONG, onFound });
    expect(existsSync(home.dir)).toBe(false);
    expect(onFound).not.toHaveBeenCalled();
  });

  it('waits for the one before it', async () => {
    await home.orphan('exec sleep 600');
    const lock = await home.take();
    const found = vi.fn();
    await Promise.all([lock.clear({ grace: LONG, onFound: found }), lock.clear({ grace: LONG, onFound: found })]);
    expect(found).toHaveBeenCalledTimes(1);
  });

  it.each(['flock by hand', 'a shell'])(
    'names a stranger who locks our file with %s, and leaves it alone',
    async (how) => {
      (await home.take()).release();
      const file = home.file('lock');
      const script =
        how === 'a shell'
          ? `exec 9>>${file}; flock 9; echo . >held; sleep 600`
          : `exec flock ${file} sh -c 'echo . >held; sleep 600'`;
      const stranger = await box.shell(script);
      await box.said('held');
      const lock = await home.take();
      const failure = await failureOf(lock.clear({ grace: 0 }));
      expect(failure.code).toBe('RUNNER_HOME_HELD');
      expect(failure.message).toContain(`${file} is locked by process `);
      expect(failure.message).toContain(`process ${stranger.pid} (`);
      expect(failure.message).toContain('no supervisor of this home has started');
      expect(isAlive(stranger.pid)).toBe(true);
      expect(() => lock.descriptor).toThrow('may still live');
      await stranger.stop({ grace: LONG });
      await lock.clear({ grace: LONG });
      expect(lock.descriptor).toBeTypeOf('number');
    },
  );

  it('is not disturbed by a stranger who locks the directory beside our file', async () => {
    const stranger = await box.shell(`exec flock ${box.dir} sh -c 'echo . >held; exec sleep 600'`);
    const other = await box.shell(`exec flock cosmovisor sh -c 'echo . >held2; exec sleep 600'`);
    await box.said('held');
    await box.said('held2');
    const lock = await home.take();
    await lock.clear({ grace: LONG });
    expect(lock.descriptor).toBeTypeOf('number');
    expect([isAlive(stranger.pid), isAlive(other.pid)]).toEqual([true, true]);
  });

  it('leaves the lock to us alone: what we start holds it, and nothing else of ours does', async () => {
    const lock = await home.take();
    await lock.clear({ grace: LONG });
    const tryIt = () => spawnSync('flock', ['-n', home.file('lock'), 'true'], { env }).status;
    expect(tryIt()).toBe(1);
    const child = await box.start({
      ...program('ignore-sigterm.js'),
      cwd: box.dir,
      env,
      inherit: [lock.descriptor as number],
    });
    lock.started(child.pid, 'node');
    await box.said('ready');
    lock.release();
    expect(tryIt()).toBe(1);
    expect(readFileSync(home.file('started.json'), 'utf8')).toContain('"command":"node"');
    await child.stop({ grace: 0 });
    expect(tryIt()).toBe(0);
  });
});
