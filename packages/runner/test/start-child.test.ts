import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { RunnerError, startChild } from '../src/index.js';
import { parseProcessStat } from '../src/process-stat.js';
import { env, program, sh, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();

interface Report {
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly argv: string[];
  readonly stat: string;
}

async function report(surroundings: { cwd: string; env: Record<string, string | undefined> }, ...args: string[]) {
  const child = await box.start({ ...program('report.js', box.path('report'), ...args), ...surroundings });
  const ending = await child.ended;
  return { child, ending, facts: JSON.parse(await box.said('report')) as Report };
}

describe('a started child', () => {
  it('has exactly the environment it was given, without what is undefined', async () => {
    process.env['RUNNER_TEST_LEAK'] = 'yes';
    const { facts } = await report({ cwd: box.dir, env: { DAEMON_NAME: 'palomad', EMPTY: '', MISSING: undefined } });
    delete process.env['RUNNER_TEST_LEAK'];
    expect(facts.env).toEqual({ DAEMON_NAME: 'palomad', EMPTY: '' });
  });

  it('has no environment at all when it was given none', async () => {
    const { facts } = await report({ cwd: box.dir, env: {} });
    expect(facts.env).toEqual({});
  });

  it('has the working directory and the arguments as given, whatever is in them', async () => {
    mkdirSync(box.path('a b'));
    const args = ['start', '--home=/x y', '', '$HOME', '*', '"', "'", 'ü', '\\', '-', '--'];
    const { facts } = await report({ cwd: box.path('a b'), env: {} }, ...args);
    expect(facts.cwd).toBe(box.path('a b'));
    expect(facts.argv).toEqual(args);
  });

  it('leads a session and a process group of its own', async () => {
    const { child, facts } = await report({ cwd: box.dir, env: {} });
    const { pid } = child;
    expect(parseProcessStat(facts.stat)).toMatchObject({ pid, group: pid, session: pid, terminalGroup: -1 });
  });

  it('reads the descriptors that it inherits, as 3 and 4', async () => {
    box.write('one', 'first\n');
    box.write('two', 'second\n');
    const inherit = [openSync(box.path('two'), 'r'), openSync(box.path('one'), 'r')];
    const child = await box.start({ ...sh('cat <&3 >seen; cat <&4 >>seen'), cwd: box.dir, env, inherit });
    const ending = await child.ended;
    inherit.forEach(closeSync);
    expect(ending.code).toBe(0);
    expect(readFileSync(box.path('seen'), 'utf8')).toBe('second\nfirst\n');
  });

  it('inherits none of our other descriptors', async () => {
    const own = openSync(box.write('own', 'x'), 'r');
    const child = await box.shell('ls -l /proc/$$/fd >seen');
    await child.ended;
    closeSync(own);
    expect(readFileSync(box.path('seen'), 'utf8')).not.toContain(box.path('own'));
  });

  it('says when it started, and how long it ran', async () => {
    const before = Date.now();
    const child = await box.shell('exit 0');
    const after = Date.now();
    const { ranFor } = await child.ended;
    expect(child.startedAt).toBeGreaterThanOrEqual(before);
    expect(child.startedAt).toBeLessThanOrEqual(after);
    expect(ranFor).toBeGreaterThan(0);
    expect(ranFor).toBeLessThan(60_000);
  });

  it('has no ending while it lives, and the same one for ever after', async () => {
    const child = await box.shell('exec sleep 600');
    expect(child.ending).toBeUndefined();
    const ending = await child.stop({ grace: 20_000 });
    expect(child.ending).toBe(ending);
    expect(await child.ended).toBe(ending);
  });
});

describe('how a child ended by itself', () => {
  const numbers: Readonly<Record<string, number>> = constants.signals;

  it.each([0, 1, 2, 30, 31, 64, 126, 127, 128, 137, 143, 254, 255])('is code %i', async (code) => {
    const child = await box.shell('exit $1', `${code}`);
    expect(await child.ended).toMatchObject({ code, signal: undefined, reason: 'itself', remnants: 0 });
  });

  it.each(
    [
      'SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM',
      'SIGTERM SIGSTKFLT SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGIO SIGPWR SIGSYS',
    ].flatMap((names) => names.split(' ')),
  )('is signal %s', async (signal) => {
    const child = await box.shell('ulimit -c 0; kill -"$1" $$', `${numbers[signal]}`);
    expect(await child.ended).toMatchObject({ code: undefined, signal, reason: 'itself', signalSent: undefined });
  });
});

describe('a program that cannot be started', () => {
  const failure = async (file: string, cwd = box.dir): Promise<RunnerError & { cause: NodeJS.ErrnoException }> => {
    const outcome: unknown = await startChild({ file, args: [], cwd, env }).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(RunnerError);
    expect(outcome).toMatchObject({
      name: 'RunnerError',
      code: 'RUNNER_START_FAILED',
      message: expect.stringContaining(file) as string,
    });
    return outcome as RunnerError & { cause: NodeJS.ErrnoException };
  };

  it.each<[string, string, string, () => string]>([
    ['a missing file', 'ENOENT', 'no such file', () => box.path('missing')],
    ['a bare name that is not in PATH', 'ENOENT', 'no such file', () => 'no-such-program-anywhere'],
    ['a file below a file', 'ENOTDIR', 'ENOTDIR', () => join(box.write('file', ''), 'x')],
    ['a file without the execute bit', 'EACCES', 'may not be executed', () => box.write('plain', '#!/bin/sh\n', 0o644)],
    ['a text without the execute bit', 'EACCES', 'may not be executed', () => box.write('text', 'hello\n', 0o644)],
    ['a directory', 'EACCES', 'may not be executed', () => box.dir],
    [
      'a script whose interpreter is missing',
      'ENOENT',
      'interpreter /no/such/sh is not',
      () => box.write('s', '#! /no/such/sh -e\nexit 0\n'),
    ],
    ['a text without #!', 'ENOEXEC', 'neither an ELF program', () => box.write('t', 'exit 0\n')],
    [
      'an empty file, which a shell would "run" with success',
      'ENOEXEC',
      'neither an ELF program',
      () => box.write('e', ''),
    ],
    ['a name with a NUL', 'ERR_INVALID_ARG_VALUE', 'null bytes', () => 'x\0y'],
  ])('is reported: %s', async (_, code, text, prepare) => {
    const error = await failure(prepare());
    expect(error.cause.code).toBe(code);
    expect(error.message).toContain(text);
    expect(error.hint).toBeTruthy();
  });

  it('is reported without waiting for a FIFO to be written', async () => {
    execFileSync('mkfifo', ['-m', '755', box.path('fifo')]);
    expect((await failure(box.path('fifo'))).cause.code).toBe('EACCES');
  });

  it('is told apart from a missing working directory', async () => {
    const error = await failure('/bin/sh', box.path('nowhere'));
    expect(error.message).toContain(`working directory ${box.path('nowhere')} is not there`);
  });

  it('is told apart from an ELF program whose loader is missing', async () => {
    const bytes = readFileSync('/bin/sh');
    const at = bytes.indexOf('/lib');
    bytes.write('/LIB', at, 'latin1');
    box.write('elf', '');
    writeFileSync(box.path('elf'), bytes);
    const error = await failure(box.path('elf'));
    expect(error.cause.code).toBe('ENOENT');
    expect(error.message).toContain('the loader it asks for is not');
  });

  it('can be started later, once it is mended', async () => {
    await failure(box.path('later'));
    box.write('later', '#!/bin/sh\nexit 9\n');
    const child = await box.start({ file: box.path('later'), args: [], cwd: box.dir, env });
    expect((await child.ended).code).toBe(9);
  });
});
