import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { runProgram, startSupervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('version', () => {
  it('prints ours, then that of the binary', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const result = await runProgram(['version'], run.home.env());
    t.expect(result).toMatchObject({ code: 0, stderr: '' });
    t.expect(result.stdout).toMatch(/^cosmovisor version: chainvisor \d+\.\d+\.\d+\S*\nv1$/);
  });

  it('prints one object with -o json', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    for (const args of [['-o', 'json'], ['--output=json']]) {
      const result = await runProgram(['version', ...args], run.home.env());
      t.expect(result).toMatchObject({ code: 0, stderr: '' });
      t.expect(result.stdout.split('\n')).toHaveLength(1);
      t.expect(JSON.parse(result.stdout)).toEqual({
        cosmovisor_version: t.expect.stringMatching(/^chainvisor \d/) as unknown,
        chainvisor_version: t.expect.stringMatching(/^\d/) as unknown,
        app_version: t.expect.objectContaining({ name: 'paloma', version: 'v1' }) as unknown,
      });
    }
  });

  it('prints ours alone with --cosmovisor-only, without any settings', async (t) => {
    const text = await runProgram(['version', '--cosmovisor-only'], {});
    t.expect(text).toMatchObject({ code: 0, stderr: '' });
    t.expect(text.stdout).toMatch(/^cosmovisor version: chainvisor \S+$/);
    const json = await runProgram(['version', '--cosmovisor-only', '-o', 'json'], {});
    t.expect(Object.keys(JSON.parse(json.stdout) as object)).toEqual(['cosmovisor_version', 'chainvisor_version']);
  });

  it('still prints ours where the binary cannot tell its own', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await rm(run.home.genesisBinary);
    const result = await runProgram(['version'], run.home.env());
    t.expect(result.code).toBe(67);
    t.expect(result.stdout).toMatch(/^cosmovisor version: chainvisor \S+$/);
    t.expect(result.stderr).toContain(run.home.genesisBinary);
    t.expect(await runProgram(['version', '-o', 'yaml'], run.home.env())).toMatchObject({ code: 64, stdout: '' });
  });
});

describe.concurrent('config', () => {
  it('prints each setting with its value and source, as text and as an object', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const file = join(run.home.dir, 'c.toml');
    await writeFile(file, "daemon_restart_delay = '3s'\ndaemon_name = 'overridden'\n");
    const env = run.home.env({ DAEMON_POLL_INTERVAL: '', DAEMON_TYPO: '1' });
    const text = await runProgram(['config', '-c', file], env);
    t.expect(text).toMatchObject({ code: 0, stderr: '' });
    t.expect(text.stdout).toMatch(/^ {2}DAEMON_NAME: palomad +# environment$/m);
    t.expect(text.stdout).toMatch(
      new RegExp(`^ {2}DAEMON_RESTART_DELAY: 3s +# "${file}" \\(key daemon_restart_delay\\)$`, 'm'),
    );
    t.expect(text.stdout).toMatch(/^ {2}DAEMON_POLL_INTERVAL: 300ms +# default$/m);
    t.expect(text.stdout).toMatch(new RegExp(`Monitored File: ${run.home.infoFile}$`, 'm'));
    t.expect(text.stdout).toMatch(/^Warnings:\n.*DAEMON_TYPO is not known/m);

    const json = await runProgram(['-c', file, 'config', '--output', 'json'], env);
    const { settings, warnings } = JSON.parse(json.stdout) as { settings: Record<string, unknown>; warnings: string[] };
    t.expect(settings).toMatchObject({
      DAEMON_NAME: { value: 'palomad', source: { from: 'environment', variable: 'DAEMON_NAME' } },
      DAEMON_RESTART_DELAY: { value: '3s', source: { from: 'file', path: file, key: 'daemon_restart_delay' } },
      DAEMON_POLL_INTERVAL: { value: '300ms', source: { from: 'default' } },
    });
    t.expect(warnings.some((warning) => warning.includes('DAEMON_TYPO'))).toBe(true);
    t.expect(Object.keys(settings)).toHaveLength(text.stdout.match(/ # /g)?.length ?? 0);
  });
});

describe.concurrent('the command line', () => {
  it.for([{ args: [] }, { args: ['help'] }, { args: ['--help'] }, { args: ['-h'] }])(
    '$args prints help',
    async ({ args }, t) => {
      const result = await runProgram(args, {});
      t.expect(result).toMatchObject({ code: 0, stderr: '' });
      for (const command of ['run', 'init', 'version', 'config'])
        t.expect(result.stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    },
  );

  it.for([
    { args: ['frobnicate'], said: "unknown command 'frobnicate'" },
    { args: ['show-upgrade-info'], said: "unknown command 'show-upgrade-info'" },
    { args: ['config', '--frobnicate'], said: "unknown option '--frobnicate'" },
    { args: ['--log-format', 'xml', 'run', 'start'], said: 'neither text nor json' },
    { args: ['config', 'extra'], said: 'too many arguments' },
  ])('$args is refused on stderr', async ({ args, said }, t) => {
    const result = await runProgram(args, {});
    t.expect(result).toMatchObject({ code: 64, stdout: '' });
    t.expect(result.stderr).toMatch(/^Error: .*\n {2}do: .*$/);
    t.expect(result.stderr).toContain(said);
  });

  it('`start` by itself is understood as `run start`, with a notice', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = startSupervisor(['start', '--home', run.home.home], run.home.env(), run.home.dir);
    await supervisor.saw(/WRN the bare form is understood as `run start`: please write `chainvisor run start --home /);
    await run.reached(2);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(livesOf(await run.home.events())).toHaveLength(1);
    t.expect(supervisor.log().match(/bare form/g)).toHaveLength(1);
  });

  it('`run` leaves everything behind it to the node, its own -c and --help too', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const echo = '#!/bin/sh\nprintf "<%s>" "$@"\n';
    await writeFile(run.home.genesisBinary, echo, { mode: 0o755 });
    for (const args of [
      ['query', '-c', 'x', '--cosmovisor-config=y'],
      ['keys', '--help'],
      ['tx', '', 'a b', '--', '-o'],
    ]) {
      const { stdout } = await runProgram(['run', ...args], run.home.env());
      t.expect(stdout).toBe(args.map((arg) => `<${arg}>`).join(''));
    }
  });
});
