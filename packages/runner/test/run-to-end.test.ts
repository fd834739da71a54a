import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RunnerError, runToEnd, type RunOptions } from '../src/index.js';
import { parseProcessStat } from '../src/process-stat.js';
import { env, isAlive, program, sh, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();

const run = (options: { file: string; args: readonly string[] } & Partial<RunOptions>) =>
  runToEnd({ timeout: 60_000, output: 'capture', env, cwd: box.dir, ...options });

describe('a run', () => {
  it('has its ending and both of its streams, apart', async () => {
    const result = await run(sh('echo one; echo two >&2; printf three; exit 31'));
    expect(result).toMatchObject({
      code: 31,
      reason: 'itself',
      stdout: 'one\nthree',
      stderr: 'two\n',
      truncated: false,
    });
  });

  it.each([0, 1, 30, 127, 255])('ends with code %i', async (code) => {
    expect(await run(sh('exit $1', `${code}`))).toMatchObject({ code, signal: undefined });
  });

  it('ends by a signal that somebody else sent', async () => {
    expect(await run(sh('kill -KILL $$'))).toMatchObject({ code: undefined, signal: 'SIGKILL', reason: 'itself' });
  });

  it('has nothing to read on its standard input', async () => {
    expect(await run(sh('cat; readlink /proc/self/fd/0'))).toMatchObject({ code: 0, stdout: '/dev/null\n' });
  });

  it('leads a session of its own, without a terminal', async () => {
    const stat = parseProcessStat((await run(sh('cat /proc/$$/stat'))).stdout);
    expect(stat).toMatchObject({ group: stat?.pid, session: stat?.pid, terminalGroup: -1 });
  });

  it('keeps no text where its streams are inherited', async () => {
    expect(await run({ ...sh('exit 5'), output: 'inherit' })).toMatchObject({ code: 5, stdout: '', stderr: '' });
  });

  it('is refused like any start when it cannot be executed', async () => {
    await expect(run({ file: box.path('missing'), args: [] })).rejects.toMatchObject({ code: 'RUNNER_START_FAILED' });
  });
});

describe('the capture', () => {
  it('keeps the first bytes up to its limit, reads the rest, and never stops the writer', async () => {
    const result = await run({ ...sh('yes 0123456789abcde | head -c 20000000; echo end >&2'), captureLimit: 40 });
    expect(result).toMatchObject({ code: 0, stderr: 'end\n', truncated: true });
    expect(result.stdout).toBe('0123456789abcde\n0123456789abcde\n01234567');
  });

  it.each([
    [10, false],
    [9, true],
    [0, true],
  ])('of ten bytes with a limit of %i is truncated: %s', async (captureLimit, truncated) => {
    const result = await run({ ...sh('printf 0123456789'), captureLimit });
    expect(result).toMatchObject({ stdout: '0123456789'.slice(0, captureLimit), truncated });
  });

  it('has whatever was written, in any alphabet', async () => {
    expect.hasAssertions();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        box.write('text', text);
        expect((await run({ file: '/bin/cat', args: ['text'] })).stdout).toBe(text);
      }),
      { numRuns: 10 },
    );
  });

  it('does not wait for ever for somebody who left the group with the pipe in hand', async () => {
    const result = await run(
      sh("setsid sh -c 'echo $$ >away; exec sleep 600' & until test -s away; do :; done; echo done"),
    );
    const away = Number(await box.said('away'));
    expect(isAlive(away)).toBe(true);
    process.kill(away, 'SIGKILL');
    expect(result).toMatchObject({ code: 0, stdout: 'done\n', remnants: 0 });
  });
});

describe('a run with a limit', () => {
  const tree = 'sleep 600 & echo $! >grandchild; echo said; wait';

  it('is ended at its timeout with everything it started, and keeps what it said', async () => {
    const result = await run({ ...sh(tree), timeout: 1_000 });
    expect(result).toMatchObject({ signal: 'SIGTERM', reason: 'timeout', remnants: 1, stdout: 'said\n' });
    expect(isAlive(Number(await box.said('grandchild')))).toBe(false);
  });

  it('is ended on abort with everything it started', async () => {
    const controller = new AbortController();
    const running = run({ ...sh(tree), signal: controller.signal });
    const grandchild = Number(await box.said('grandchild'));
    controller.abort();
    expect(await running).toMatchObject({ signal: 'SIGTERM', reason: 'aborted', remnants: 1 });
    expect(isAlive(grandchild)).toBe(false);
  });

  it('is ended by force after its grace, and the reason stays', async () => {
    const controller = new AbortController();
    const running = run({ ...program('ignore-sigterm.js'), signal: controller.signal, grace: 100 });
    await box.said('ready');
    controller.abort();
    expect(await running).toMatchObject({ signal: 'SIGKILL', reason: 'aborted' });
    expect(readFileSync(box.path('signals'), 'utf8')).toBe('SIGTERM\n');
  });

  it('reports the code of a program that shuts down in its grace', async () => {
    const controller = new AbortController();
    const running = run({ ...program('slow-shutdown.js', '3'), signal: controller.signal, grace: 60_000 });
    await box.said('ready');
    controller.abort();
    await box.said('asked');
    box.write('go', '');
    expect(await running).toMatchObject({ code: 3, reason: 'aborted' });
  });

  it('is not started where it was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const failure: unknown = await run({ ...sh('echo ran >ran'), signal }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunnerError);
    expect(failure).toMatchObject({ code: 'RUNNER_ABORTED', cause: { message: 'enough' } });
    expect(() => readFileSync(box.path('ran'))).toThrow('ENOENT');
  });

  it('leaves no listener on the signal of its caller', async () => {
    const { signal } = new AbortController();
    await run({ ...sh('exit 0'), signal });
    await run({ ...sh('exec sleep 600'), signal, timeout: 50 });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends what it left behind when it ends in time', async () => {
    const result = await run(sh('sleep 600 & echo $! >grandchild; exit 0'));
    expect(result).toMatchObject({ code: 0, reason: 'itself', remnants: 1 });
    expect(isAlive(Number(await box.said('grandchild')))).toBe(false);
  });

  it('refuses a timeout that is not a number before anything is started', async () => {
    await expect(run({ ...sh('echo ran >ran'), timeout: NaN })).rejects.toThrow(RangeError);
    expect(() => readFileSync(box.path('ran'))).toThrow('ENOENT');
  });
});
