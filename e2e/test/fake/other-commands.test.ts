import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { describe, it, vi } from 'vitest';

import { expectCleanStop } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { makePipe, readSlowly, startRaw } from '../../src/raw-program.ts';
import { program, runProgram, startSupervisor } from '../../src/supervisor.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('a command beside a live node', () => {
  it('does what the binary does and disturbs nothing', async (t) => {
    const run = await fakeRun(t, { profile: '0.53', chain: {} });
    const { home, dir } = run.home;
    const supervisor = run.start();
    await run.reached(3);
    const [life] = livesOf(await run.home.events());
    const before = { tree: await treeOf(run.at()), journal: await readFile(run.at('.chainvisor/journal.jsonl')) };
    const log = supervisor.log();

    const command = (...args: string[]) => runProgram(['run', ...args], run.home.env(), dir);
    t.expect(await command('version')).toEqual({ code: 0, signal: undefined, stdout: 'v1', stderr: '' });
    const status = await command('status', '--home', home);
    t.expect(status).toMatchObject({ code: 0, stderr: '' });
    t.expect(JSON.parse(status.stdout)).toMatchObject({ node_info: { id: run.home.nodeId } });
    const unknown = await command('frobnicate');
    t.expect(unknown).toMatchObject({ code: 1, stdout: '' });
    t.expect(unknown.stderr).toMatch(
      /^Error: unknown command "frobnicate" for "palomad"\nRun 'palomad --help' for usage\.$/,
    );
    t.expect(await command('tendermint', 'show-node-id')).toMatchObject({
      code: 0,
      stdout: run.home.nodeId,
      stderr: '',
    });
    t.expect(await command()).toMatchObject({ code: 0, stderr: '' });
    // Not a node command either, though it has the word in it.
    t.expect(await command('help', 'start')).toMatchObject({ code: 0, stderr: '' });

    t.expect(await treeOf(run.at())).toEqual(before.tree);
    t.expect(await readFile(run.at('.chainvisor/journal.jsonl'))).toEqual(before.journal);
    t.expect(supervisor.log()).toBe(log);
    const events = await run.home.events();
    t.expect(livesOf(events)).toEqual([{ ...life }]);
    t.expect(only(events, 'signal')).toEqual([]);
    t.expect(only(events, 'command').map(({ path }) => path)).toContain(run.at('genesis/bin/palomad'));
    await expectCleanStop(t.expect, run, supervisor);
  });

  it('has our stdin, and its code is ours', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const keys = startRaw(t, ['run', 'keys', 'add', 'alice', '--recover'], run.home.env(), ['pipe', 'pipe', 'pipe']);
    const [out, err] = [keys.process.stdout, keys.process.stderr].map((stream) => readSlowly(stream as Readable));
    keys.process.stdin?.end('abandon ability able\n');
    t.expect(await keys.ended).toEqual({ code: 0, signal: null });
    t.expect([String(await out), String(await err)]).toEqual([
      '{"name":"alice","words":3}\n',
      '> Enter your bip39 mnemonic\n',
    ]);
  });

  it.for([
    { does: 'exit 37', code: 37 },
    { does: 'exit 255', code: 255 },
    { does: 'kill -KILL $$', code: 137 },
    { does: 'kill -SEGV $$', code: 139 },
  ])('ends us with $code where it does `$does`', async ({ does, code }, t) => {
    const run = await fakeRun(t, { chain: {} });
    await writeScript(run.home.genesisBinary, `echo said; echo "$@" >&2; ${does}`);
    t.expect(await runProgram(['run', 'keys', 'list', '--output', 'json'], run.home.env())).toEqual({
      ...{ code, signal: undefined, stdout: 'said', stderr: 'keys list --output json' },
    });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'may be called by any user who can read the home; nothing is written (needs root to be one)',
    async (t) => {
      const run = await fakeRun(t, { chain: {} });
      for (const path of [run.home.dir, run.home.home]) await chmod(path, 0o755);
      await writeScript(run.home.genesisBinary, 'echo "v1 for $(id -u)"');
      await mkdir(run.at('.chainvisor'), { mode: 0o700 });
      await symlink('genesis', run.at('current'));
      const before = await treeOf(run.home.dir);
      const nobody = { uid: 65_534, gid: 65_534 };
      const version = startRaw(t, ['run', 'version'], run.home.env(), ['ignore', 'pipe', 'pipe'], nobody);
      const [out, err] = [version.process.stdout, version.process.stderr].map((stream) =>
        readSlowly(stream as Readable),
      );
      t.expect(await version.ended).toEqual({ code: 0, signal: null });
      t.expect([String(await out), String(await err)]).toEqual(['v1 for 65534\n', '']);
      t.expect(await treeOf(run.home.dir)).toEqual(before);
    },
  );

  it('is the one of current; of genesis where there is no link, and none is made', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v2');
    const before = await treeOf(run.at());
    t.expect(await runProgram(['run', 'version'], run.home.env())).toMatchObject({ code: 0, stdout: 'v1', stderr: '' });
    t.expect(await treeOf(run.at())).toEqual(before);

    for (const target of ['upgrades/v2', run.at('upgrades/v2'), run.at('upgrades/v2/')]) {
      await symlink(target, run.at('current'));
      t.expect(await runProgram(['run', 'version'], run.home.env())).toMatchObject({
        code: 0,
        stdout: 'v2',
        stderr: '',
      });
      await rm(run.at('current'));
    }
  });

  it.for([
    { title: 'a link to nothing', code: 67, said: 'points to upgrades/v9, which is gone', link: 'upgrades/v9' },
    { title: 'a directory without a binary', code: 67, said: 'the binary cannot run', link: 'upgrades' },
  ])('is refused where current is $title', async ({ code, said, link }, t) => {
    const run = await fakeRun(t, { chain: {} });
    await symlink(link, run.at('current'));
    const result = await runProgram(['run', 'version'], run.home.env());
    t.expect(result).toMatchObject({ code, stdout: '' });
    t.expect(result.stderr).toMatch(/^Error: .*\n {2}(why: .*\n {2})?do: .*$/);
    t.expect(result.stderr).toContain(said);
  });

  it('has the libraries of its own upgrade', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await writeScript(run.home.genesisBinary, 'echo "$LD_LIBRARY_PATH"');
    await mkdir(run.at('genesis/lib'));
    const lib = run.at('genesis/lib');
    t.expect(await runProgram(['run', 'version'], run.home.env())).toMatchObject({ stdout: lib });
    const env = run.home.env({ LD_LIBRARY_PATH: '/usr/local/lib' });
    t.expect(await runProgram(['run', 'version'], env)).toMatchObject({ stdout: `${lib}:/usr/local/lib` });
  });
});

describe.concurrent('a signal to a command that is passed through', () => {
  it.for([
    { signal: 'SIGTERM', body: 'exec sleep 600', code: 143 },
    { signal: 'SIGINT', body: 'exec sleep 600', code: 130 },
    { signal: 'SIGHUP', body: 'exec sleep 600', code: 129 },
    { signal: 'SIGTERM', body: "trap 'echo asked; exit 5' TERM; while :; do sleep 0.05; done", code: 5 },
    { signal: 'SIGUSR1', body: "trap 'exit 6' USR1; while :; do sleep 0.05; done", code: 6 },
  ] as const)('ends it: $signal, $body', async ({ signal, body, code }, t) => {
    const run = await fakeRun(t, { chain: {} });
    await writeScript(run.home.genesisBinary, `echo "at work" >&2; ${body}`);
    const supervisor = startSupervisor(['run', 'query', 'watch'], run.home.env(), run.home.dir);
    await supervisor.saw(/at work/);
    supervisor.kill(signal);
    t.expect(await supervisor.ended).toEqual({ code, signal: null });
    t.expect(supervisor.log()).toBe('at work\n');
  });
});

describe.concurrent('what monitoring reads', () => {
  const exporterEnv = (home: string) => ({ DAEMON_NAME: 'palomad', DAEMON_HOME: home });
  const ours: Readonly<Record<string, string>>[] = [{}, { CHAINVISOR_LOG_FORMAT: 'json', DAEMON_TYPO: 'x' }];

  it.for(ours)('is the first line of both streams that is an object: that of the binary (with %o)', async (more, t) => {
    const run = await fakeRun(t, { chain: {} });
    const { reader, writer, given } = makePipe(join(run.home.dir, 'both'));
    const args = ['run', 'version', '--long', '--output', 'json'];
    const env = { ...exporterEnv(run.home.home), ...more };
    const child = startRaw(t, args, env, ['ignore', writer, writer], { cwd: run.home.dir });
    given();
    const lines = String(await readSlowly(reader)).split('\n');
    t.expect(await child.ended).toEqual({ code: 0, signal: null });
    const first = lines.find((line) => line.startsWith('{') && line.endsWith('}')) ?? '';
    t.expect(JSON.parse(first)).toMatchObject({ name: 'paloma', server_name: 'palomad', version: 'v1' });
    t.expect(lines.slice(1)).toEqual(['']);
  });

  it('is a line that begins with "cosmovisor version: "', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'version'], {
      env: exporterEnv(run.home.home),
    });
    t.expect(stdout.split('\n').filter((line) => line.startsWith('cosmovisor version: '))).toHaveLength(1);
  });
});
