import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import {
  backup,
  besides,
  failedUpgrade,
  inData,
  json,
  named,
  rows,
  stopped,
  withForeign,
} from '../../src/fake-backup-commands.ts';
import { withBackup } from '../../src/fake-backups.ts';
import { expectCleanStop, infoOf } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { openTerminal, whyNoTerminal } from '../../src/fake-terminal.ts';
import { currentOf, program, runProgram } from '../../src/supervisor.ts';
import { treeOf } from '../../src/tree.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 3 });

const v2 = { name: 'v2', height: 5 };
const noTerminal = await whyNoTerminal();

describe.concurrent('backup restore', () => {
  it('is what a failed upgrade names: the old version is back, halts at the height again and is upgraded again', async (t) => {
    const { run, name, log } = await failedUpgrade(t);
    const [, command = ''] =
      /ERR .*: chainvisor (backup restore \S+) brings genesis back at the height before/.exec(log) ?? [];
    t.expect(command).toBe(`backup restore ${name}`);
    // The error is the last thing that is said before whose code it is.
    t.expect(log.trimEnd().split('\n').slice(-2)[0]).toContain(command);
    const { code, stdout, stderr } = await runProgram([...command.split(' '), '--yes'], run.home.env(), run.home.dir);
    t.expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    t.expect(stdout).toContain('current points to genesis, before to upgrades/v2');
    t.expect(stdout).toContain('chainvisor backup prune --old-data');
    t.expect(stdout).toMatch(/start chainvisor again.*halts at height 5 again/);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect(await readFile(run.home.infoFile, 'utf8')).toBe(infoOf(run.profile, v2));
    t.expect(await named(run, 'data-before-restore-')).toHaveLength(1);

    await run.stage('v2');
    const before = (await run.home.events()).length;
    const supervisor = run.start(withBackup);
    await supervisor.saw(/upgrade verified/);
    await run.reached(8);
    await expectCleanStop(t.expect, run, supervisor);
    const events = (await run.home.events()).slice(before);
    t.expect(livesOf(events).map(({ version }) => version)).toEqual(['v1', 'v2']);
    t.expect(only(events, 'block')[0]).toMatchObject({ height: 5, version: 'v2' });
    t.expect(only(events, 'lock-conflict')).toEqual([]);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    t.expect(supervisor.log()).toMatch(/a backup for this upgrade is there already/);
    t.expect(supervisor.log()).not.toContain('backup restore');
  });

  it('is named at each start that fails, and by no failure without a backup', async (t) => {
    const { run, name } = await failedUpgrade(t);
    const again = run.start();
    t.expect((await again.ended).code).toBe(1);
    t.expect(again.log()).toContain(`chainvisor backup restore ${name} brings`);
    await rm(join(run.home.home, name), { recursive: true });
    const without = run.start();
    t.expect((await without.ended).code).toBe(1);
    t.expect(without.log()).not.toContain('backup restore');
  });

  it('goes back to the data from before the restore, which has no manifest', async (t) => {
    const { run, name } = await failedUpgrade(t);
    const { stdout } = await backup(run, 'restore', name, '--yes');
    const [, command = ''] = /to go back to it: chainvisor (backup restore \S+ --use v2)/.exec(stdout) ?? [];
    t.expect(command).not.toBe('');
    const undone = await runProgram([...command.split(' '), '--yes', '-o', 'json'], run.home.env(), run.home.dir);
    t.expect(undone.code).toBe(0);
    t.expect(json(undone.stdout)).toMatchObject({ from: 'genesis', to: 'upgrades/v2', madeAt: null });
    const supervisor = run.start();
    await supervisor.ended;
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
  });

  it('says everything as one object, and with --dry-run changes nothing', async (t) => {
    const { run, name } = await failedUpgrade(t);
    const before = await treeOf(run.home.home);
    const dry = await backup(run, 'restore', name, '--dry-run', '-o', 'json');
    t.expect({ code: dry.code, stderr: dry.stderr }).toEqual({ code: 0, stderr: '' });
    t.expect(await treeOf(run.home.home)).toEqual(before);
    const aside = name.replace('backup', 'before-restore');
    const expected = {
      backup: join(run.home.home, name),
      plan: v2,
      from: 'upgrades/v2',
      to: 'genesis',
      binary: run.home.genesisBinary,
      outside: [],
      validator: { height: 5, round: 0, step: 3, from: 'live' },
    };
    t.expect(json(dry.stdout)).toMatchObject({ ...expected, aside, dryRun: true, warnings: [] });
    const done = await backup(run, 'restore', name, '--yes', '-o', 'json');
    t.expect({ code: done.code, stderr: done.stderr, lines: done.stdout.split('\n').length }).toEqual({
      code: 0,
      stderr: '',
      lines: 1,
    });
    t.expect(json(done.stdout)).toMatchObject({
      ...expected,
      aside: join(run.home.home, aside),
      dryRun: false,
      warnings: [t.expect.stringContaining('its record is closed') as string],
    });
  });

  it('asks nobody where there is no terminal, and goes on only by --yes', async (t) => {
    const { run, name } = await failedUpgrade(t);
    const before = await treeOf(run.home.home);
    const refused = await backup(run, 'restore', name);
    t.expect(refused).toMatchObject({ code: 64, stdout: '' });
    t.expect(refused.stderr).toMatch(/do: .*--dry-run.*--yes/);
    t.expect(await treeOf(run.home.home)).toEqual(before);
  });

  it.skipIf(noTerminal !== undefined)(
    titled('asks on a terminal, and does nothing but for a yes', noTerminal),
    async (t) => {
      const { run, name } = await failedUpgrade(t);
      const terminal = await openTerminal(t, { ...run.home.env(), TERM: 'xterm' });
      const command = `${process.execPath} ${program} backup restore ${name}`;
      await terminal.type(`${command}; echo first=$?`);
      await terminal.shows(/current: upgrades\/v2 -> genesis[^]*Go on\? \[y\/N\]/);
      await terminal.type('');
      await terminal.shows(/not restored: the answer was no[^]*first=64/);
      await terminal.type(`${command}; echo second=$?`);
      await terminal.shows(/first=64[^]*Go on\? \[y\/N\]/);
      await terminal.press('C-c');
      await terminal.shows(/ended by SIGINT: nothing is restored, the data is what it was[^]*second=130/);
      t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
      t.expect(await besides(run)).toEqual([name]);
      await terminal.type(`${command}; echo third=$?`);
      await terminal.shows(/second=130[^]*Go on\? \[y\/N\]/);
      await terminal.type('y');
      await terminal.shows(/restored [^]*third=0/);
      t.expect(await currentOf(run.home.home)).toBe('genesis');
    },
  );

  it('of a backup of cosmovisor is told which binary belongs to it', async (t) => {
    const { run, name } = await withForeign(t);
    await run.stage('v2');
    await writeFile(inData(run, 'marker'), 'now');
    const before = await treeOf(run.home.home);
    const refused = await backup(run, 'restore', name, '--yes');
    t.expect(refused).toMatchObject({ code: 64, stdout: '' });
    t.expect(refused.stderr).toMatch(/--use <name>, with one of genesis, v2$/m);
    const unknown = await backup(run, 'restore', name, '--yes', '--use', 'v9');
    t.expect(unknown).toMatchObject({ code: 67, stdout: '' });
    t.expect(unknown.stderr).toContain('upgrades/v9 has no binary');
    t.expect((await treeOf(run.home.home)).filter((line) => !line.includes('.chainvisor'))).toEqual(
      before.filter((line) => !line.includes('.chainvisor')),
    );
    t.expect(await backup(run, 'restore', name, '--yes', '--use', 'genesis')).toMatchObject({ code: 0 });
    t.expect(existsSync(inData(run, 'marker'))).toBe(false);
    const supervisor = run.start();
    await run.worked(2);
    await expectCleanStop(t.expect, run, supervisor);
  });

  it('by --use points current to another binary than the backup names', async (t) => {
    const { run, name } = await failedUpgrade(t);
    await run.stage('v1b', { version: 'v1b', handlers: [] });
    const { code, stdout } = await backup(run, 'restore', name, '--yes', '--use', 'v1b', '-o', 'json');
    t.expect(code).toBe(0);
    t.expect(json(stdout)).toMatchObject({ to: 'upgrades/v1b' });
    t.expect(json(stdout)['warnings']).toContainEqual(t.expect.stringMatching(/"v2" at height 5: .* carried out once/));
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v1b', 'v2']);
  });

  it('puts what was backed up from outside the data back, and the old ones aside; prune --old-data removes all', async (t) => {
    const run = await stopped(t);
    const wasm = join(run.home.home, 'wasm');
    await mkdir(wasm);
    await writeFile(join(wasm, 'code'), 'old');
    const name = String(json((await backup(run, 'create', '-o', 'json')).stdout)['name']);
    await writeFile(join(wasm, 'code'), 'new');
    await writeFile(inData(run, 'marker'), 'new');
    const done = await backup(run, 'restore', name, '--yes', '-o', 'json');
    t.expect(done.code).toBe(0);
    t.expect(json(done.stdout)).toMatchObject({ outside: ['wasm'] });
    t.expect(await readFile(join(wasm, 'code'), 'utf8')).toBe('old');
    const aside = name.replace('backup', 'before-restore');
    t.expect(await besides(run)).toEqual([name, aside, `${aside}-wasm`, 'wasm']);
    t.expect(await readFile(join(run.home.home, aside, 'marker'), 'utf8')).toBe('new');
    t.expect(await readFile(join(run.home.home, `${aside}-wasm`, 'code'), 'utf8')).toBe('new');

    const back = join(run.home.home, aside);
    const returned = await backup(run, 'restore', back, '--use', 'genesis', '--yes', '-o', 'json');
    t.expect(returned.code).toBe(0);
    t.expect(json(returned.stdout)).toMatchObject({ outside: ['wasm'] });
    t.expect(await readFile(inData(run, 'marker'), 'utf8')).toBe('new');
    t.expect(await readFile(join(wasm, 'code'), 'utf8')).toBe('new');
    t.expect(await named(run, 'data-before-restore-')).toEqual([
      aside,
      `${aside}-2`,
      `${aside}-2-wasm`,
      `${aside}-wasm`,
    ]);
    const dry = await backup(run, 'prune', '--old-data', '--dry-run', '-o', 'json');
    const pruned = await backup(run, 'prune', '--old-data', '-o', 'json');
    t.expect(json(dry.stdout)).toEqual({ ...json(pruned.stdout), dryRun: true });
    t.expect(json(pruned.stdout)['removed']).toHaveLength(4);
    t.expect(await besides(run)).toEqual([name, 'wasm']);
  });

  it('tells of a backup that was made of other data', async (t) => {
    const [here, there] = await Promise.all([stopped(t), stopped(t)]);
    const { path } = json((await backup(there, 'create', '-o', 'json')).stdout);
    const dryRun = () => backup(here, 'restore', String(path), '--dry-run');
    const another = await dryRun();
    t.expect(another.code).toBe(0);
    t.expect(another.stdout).toMatch(
      /this backup was made of the node [0-9a-f]{40} at .*, and this home is of [0-9a-f]{40}: /,
    );
    t.expect(another.stdout).toContain(inData(there));
    // A home that was moved: the node is the same.
    const key = 'config/node_key.json';
    await copyFile(join(there.home.home, key), join(here.home.home, key));
    const moved = await dryRun();
    t.expect(moved.code).toBe(0);
    t.expect(moved.stdout).toContain(`this backup was made of ${inData(there)}, not of ${inData(here)}`);
  });

  it('is named by its path where DAEMON_DATA_BACKUP_DIR says where it is', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2', { migration: { fail: 'error' } });
    const parent = join(run.home.dir, 'backups');
    await mkdir(parent);
    const supervisor = run.start({ ...withBackup, DAEMON_DATA_BACKUP_DIR: parent });
    await supervisor.ended;
    const [, path = ''] = /: chainvisor backup restore (\S+) brings/.exec(supervisor.log()) ?? [];
    t.expect(path).toBe(join(parent, (await readdir(parent))[0] ?? ''));
    // As in a shell that has not the unit's environment.
    t.expect(await backup(run, 'restore', path, '--yes')).toMatchObject({ code: 0 });
  });

  it('follows data that is a link, and leaves the link', async (t) => {
    const run = await stopped(t);
    const disk = join(run.home.dir, 'disk');
    await mkdir(disk);
    await rename(inData(run), join(disk, 'paloma'));
    await symlink(join(disk, 'paloma'), inData(run));
    const name = String(json((await backup(run, 'create', '-o', 'json')).stdout)['name']);
    await writeFile(inData(run, 'marker'), 'new');
    t.expect(await backup(run, 'restore', name, '--yes')).toMatchObject({ code: 0 });
    t.expect(existsSync(inData(run, 'marker'))).toBe(false);
    const aside = name.replace('data-backup', 'paloma-before-restore');
    t.expect((await readdir(disk)).sort()).toEqual(['paloma', aside]);
    const listed = rows((await backup(run, 'list', '-o', 'json')).stdout);
    t.expect(listed.map(({ kind, path }) => ({ kind, path }))).toContainEqual({
      kind: 'old-data',
      path: join(disk, aside),
    });
    t.expect(await backup(run, 'prune', '--old-data')).toMatchObject({ code: 0 });
    t.expect(await readdir(disk)).toEqual(['paloma']);
    const supervisor = run.start();
    await run.worked(2);
    await expectCleanStop(t.expect, run, supervisor);
  });
});
