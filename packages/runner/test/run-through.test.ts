import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { runThrough } from '../src/index.js';
import { parseProcessStat, readProcessStat } from '../src/process-stat.js';
import { env, fixturePath, program, sh, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const exitOf = (child: ReturnType<typeof spawn>) =>
  new Promise((resolve) => child.once('exit', (...how) => resolve(how)));

describe('a program that is run through', () => {
  it('stays in our session and group, so that it keeps the terminal', async () => {
    const child = await runThrough({ ...program('report.js', box.path('report'), 'keys', 'list'), cwd: box.dir, env });
    expect(await child.ended).toMatchObject({ code: 0, reason: 'itself', remnants: 0 });
    const { stat, argv, env: seen, cwd } = JSON.parse(await box.said('report')) as Record<string, string>;
    const own = readProcessStat('self');
    expect(parseProcessStat(stat ?? '')).toMatchObject({ pid: child.pid, group: own?.group, session: own?.session });
    expect({ argv, seen, cwd }).toEqual({ argv: ['keys', 'list'], seen: env, cwd: box.dir });
  });

  it('has our own streams', () => {
    const args = [fixturePath('through.js'), 'cat; echo err >&2; exit 9'];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { input: 'typed\n', encoding: 'utf8', env });
    expect({ stdout, stderr, status }).toEqual({ stdout: 'typed\n', stderr: 'err\n', status: 9 });
  });

  it('may leave somebody behind, who is not ours to end', async () => {
    const child = await runThrough({ ...sh('sleep 600 & echo $! >pid; exit 0'), cwd: box.dir, env });
    expect(await child.ended).toMatchObject({ code: 0, remnants: 0 });
    expect(process.kill(Number(await box.said('pid')), 'SIGKILL')).toBe(true);
  });

  it('gets what is relayed to it, until it is dead', async () => {
    const child = await runThrough({ ...sh('echo ready >ready; exec sleep 600'), cwd: box.dir, env });
    await box.said('ready');
    expect(child.ending).toBeUndefined();
    expect(child.relay('SIGHUP')).toBe(true);
    const ending = await child.ended;
    expect(ending).toMatchObject({ code: undefined, signal: 'SIGHUP', reason: 'relayed', signalSent: 'SIGHUP' });
    expect(child.ending).toBe(ending);
    expect(child.relay('SIGHUP')).toBe(false);
  });

  it('gets the signals that we are sent, where we were told to listen', async () => {
    const script = 'trap "echo got >>got; exit 42" INT; echo ready >ready; while :; do sleep 0.01; done';
    const parent = spawn(process.execPath, [fixturePath('through.js'), script, 'SIGINT'], {
      cwd: box.dir,
      env,
      detached: true,
    });
    const exit = exitOf(parent);
    await box.said('ready');
    parent.kill('SIGINT');
    expect(await exit).toEqual([42, null]);
    expect(readFileSync(box.path('got'), 'utf8')).toBe('got\n');
  });

  it('is refused like any start when it cannot be executed, and leaves no listener', async () => {
    const before = process.listenerCount('SIGUSR2');
    const failing = runThrough({ file: box.path('missing'), args: [], env, relayed: ['SIGUSR2'] });
    expect(process.listenerCount('SIGUSR2')).toBe(before + 1);
    await expect(failing).rejects.toMatchObject({ code: 'RUNNER_START_FAILED' });
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });
});

describe.skipIf(!existsSync('/usr/bin/script'))('on a terminal (that script(1) makes)', () => {
  it('a Ctrl-C reaches the program once, though we listen to it too', async () => {
    box.write(
      'go.sh',
      `#!/bin/sh\nexec "${process.execPath}" "${fixturePath('through.js')}" "$(cat child.sh)" SIGINT SIGTERM\n`,
    );
    box.write(
      'child.sh',
      'trap "echo got >>got" INT; trap "exit 42" TERM; test -t 0 || exit 3; echo $PPID >ready; while :; do sleep 0.01; done',
    );
    const terminal = spawn('/usr/bin/script', ['-qec', 'exec ./go.sh', '/dev/null'], { cwd: box.dir, env });
    const exit = exitOf(terminal);
    terminal.stdout.resume();
    const parent = Number(await box.said('ready'));
    terminal.stdin.write('\x03');
    await box.said('got');
    // SIGTERM after it on the same way: had SIGINT been relayed, it would have been sent by now.
    process.kill(parent, 'SIGTERM');
    expect(await exit).toEqual([42, null]);
    expect(readFileSync(box.path('got'), 'utf8')).toBe('got\n');
  });
});
