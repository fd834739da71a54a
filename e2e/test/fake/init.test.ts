import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { only } from '../../src/fake-facts.ts';
import { type FakeRun, fakeRun } from '../../src/fake-run.ts';
import { currentOf, runProgram, startSupervisor } from '../../src/supervisor.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 4 });

/** A home as before cosmovisor: the binary that the chain runs now lies elsewhere. Returns its path. */
async function withoutCosmovisor(run: FakeRun): Promise<string> {
  const binary = join(run.home.dir, 'palomad');
  await rename(run.home.genesisBinary, binary);
  await rm(run.at(), { recursive: true });
  return binary;
}

describe.concurrent('init', () => {
  it('makes everything that a start needs', async (t) => {
    const plan = { name: 'v2', height: 6 };
    const run = await fakeRun(t, { chain: { plans: [plan] } });
    const binary = await withoutCosmovisor(run);
    const made = await runProgram(['init', binary], run.home.env());
    t.expect(made).toMatchObject({ code: 0, stderr: '' });
    t.expect(made.stdout).toContain(`copied: ${binary} to ${run.home.genesisBinary}`);
    t.expect(await readFile(run.home.genesisBinary)).toEqual(await readFile(binary));
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect((await stat(run.at('upgrades'))).isDirectory()).toBe(true);
    t.expect(await readFile(run.at('config.toml'), 'utf8')).toContain(`daemon_home = '${run.home.home}'`);

    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan]);
  });

  it('changes nothing of what is there when it is run again; --force writes config.toml anew', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const binary = await withoutCosmovisor(run);
    await runProgram(['init', binary], run.home.env());
    await run.stage('v2');
    await rm(run.at('current'));
    await symlink('upgrades/v2', run.at('current'));
    await writeFile(run.at('config.toml'), '# mine\n');
    await writeFile(binary, '#!/bin/sh\n');
    const before = await treeOf(run.at());
    const again = await runProgram(['init', binary], run.home.env());
    t.expect(again).toMatchObject({ code: 0, stderr: '' });
    t.expect(again.stdout.match(/^kept: /gm)).toHaveLength(3);
    t.expect(await treeOf(run.at())).toEqual(before);

    t.expect(await runProgram(['init', '--force', binary], run.home.env())).toMatchObject({ code: 0 });
    t.expect(await readFile(run.at('config.toml'), 'utf8')).toContain("daemon_name = 'palomad'");
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  });

  it('makes the copy executable where the source is not', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const binary = await withoutCosmovisor(run);
    await chmod(binary, 0o640);
    t.expect(await runProgram(['init', 'palomad'], run.home.env(), run.home.dir)).toMatchObject({ code: 0 });
    t.expect((await stat(run.home.genesisBinary)).mode & 0o777).toBe(0o755);
    t.expect((await stat(binary)).mode & 0o777).toBe(0o640);
    t.expect(await runProgram(['run', 'version'], run.home.env())).toMatchObject({ code: 0, stdout: 'v1' });
  });

  it.for([
    { title: 'a missing source', source: 'nowhere', code: 64, said: /executable file not found: .*\/nowhere/ },
    { title: 'a directory', source: 'dir', code: 64, said: /not a file: .*\/dir/ },
    { title: 'what is no program', source: 'text', code: 67, said: /this cannot run here: .*\/text/ },
    { title: 'no source', source: undefined, code: 64, said: /missing required argument 'executable'/ },
  ])('of $title is refused, and a second try with the right one works', async ({ source, code, said }, t) => {
    const run = await fakeRun(t, { chain: {} });
    const binary = await withoutCosmovisor(run);
    await mkdir(join(run.home.dir, 'dir'));
    await writeFile(join(run.home.dir, 'text'), 'Not Found\n');
    const args = source === undefined ? [] : [source];
    const result = await runProgram(['init', ...args], run.home.env(), run.home.dir);
    t.expect(result).toMatchObject({ code, stdout: '' });
    t.expect(result.stderr).toMatch(said);
    t.expect(existsSync(run.at('current'))).toBe(false);
    t.expect(existsSync(run.home.genesisBinary)).toBe(false);
    t.expect(await runProgram(['init', binary], run.home.env())).toMatchObject({ code: 0 });
  });
});

describe.concurrent('config.toml alone', () => {
  const spellings: readonly ((path: string) => string[])[] = [
    (path) => ['--cosmovisor-config', path],
    (path) => [`--cosmovisor-config=${path}`],
    (path) => ['-cosmovisor-config', path],
    (path) => [`-cosmovisor-config=${path}`],
    (path) => ['-c', path],
    (path) => [`-c=${path}`],
  ];
  const places = spellings.flatMap((spelling) => [
    { title: [...spelling('P'), 'run', 'start'], args: (path: string) => [...spelling(path), 'run', 'start'] },
    { title: ['run', ...spelling('P'), 'start'], args: (path: string) => ['run', ...spelling(path), 'start'] },
  ]);

  it.for(places)('is enough: $title', async ({ args }, t) => {
    const run = await fakeRun(t, { chain: {} });
    const binary = await withoutCosmovisor(run);
    await runProgram(['init', binary], run.home.env());
    const { PATH = '', HOME = '' } = run.home.env();
    const call = [...args(run.at('config.toml')), '--home', run.home.home];
    const supervisor = startSupervisor(call, { PATH, HOME }, run.home.dir);
    await run.reached(2);
    await expectCleanStop(t.expect, run, supervisor);
    const [start] = only(await run.home.events(), 'start');
    t.expect(start?.args).toEqual(['start', '--home', run.home.home]);
  });

  it('is not looked for where it is not named', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const binary = await withoutCosmovisor(run);
    await runProgram(['init', binary], run.home.env());
    const result = await runProgram(['run', 'start'], { HOME: run.home.dir }, run.home.home);
    t.expect(result).toMatchObject({ code: 78 });
    t.expect(result.stderr).toMatch(/DAEMON_HOME is not set.*\n.*DAEMON_NAME is not set/);
  });

  it.for([
    { title: 'without a path', args: ['run', '-c'], code: 64, said: '-c requires an argument' },
    {
      title: 'of an empty path',
      args: ['run', '--cosmovisor-config=', 'start'],
      code: 64,
      said: 'requires an argument',
    },
    { title: 'that is missing', args: ['-c', '/nonexistent/c.toml', 'run', 'start'], code: 78, said: 'does not exist' },
    {
      title: 'of another format',
      args: ['-c', '/nonexistent/c.yaml', 'run', 'start'],
      code: 78,
      said: 'not supported',
    },
  ])('$title is refused', async ({ args, code, said }, t) => {
    const result = await runProgram(args, {});
    t.expect(result).toMatchObject({ code, stdout: '' });
    t.expect(result.stderr).toContain(said);
  });
});
