import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import {
  backup,
  backupWith,
  besides,
  failedUpgrade,
  inData,
  json,
  named,
  rows,
  stopped,
  withForeign,
} from '../../src/fake-backup-commands.ts';
import { expectCleanStop } from '../../src/fake-checks.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { asNobody, nobody, nobodyRefused } from '../../src/other-user.ts';
import { startStranger } from '../../src/stranger.ts';
import { startSupervisor } from '../../src/supervisor.ts';
import { treeOf } from '../../src/tree.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 3 });

const noUser = nobodyRefused();
const v2 = { name: 'v2', height: 5 };
const today = /^data-backup-\d{4}-\d{1,2}-\d{1,2}$/;

describe.concurrent('backup create', () => {
  it('backs up the data of a stopped node, with what belongs to it, whatever UNSAFE_SKIP_BACKUP says', async (t) => {
    const run = await stopped(t);
    await mkdir(join(run.home.home, 'wasm'));
    await writeFile(join(run.home.home, 'wasm/code'), 'wasm');
    const before = await treeOf(inData(run));
    const { code, stdout, stderr } = await backup(run, 'create');
    t.expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [name = ''] = await besides(run).then((names) => names.filter((each) => each !== 'wasm'));
    t.expect(name).toMatch(today);
    t.expect(stdout).toContain(`backed up to ${join(run.home.home, name)}\n  the data of genesis\n  by `);
    t.expect(await treeOf(inData(run))).toEqual(before);
    const kept = join(run.home.home, name, '.chainvisor-backup/outside/wasm/code');
    t.expect(await readFile(kept, 'utf8')).toBe('wasm');
    t.expect(await readdir(join(run.home.home, name))).toContain('application.db');
  });

  it('says all of it as one object on one line, takes the strategy that is named, and removes nothing', async (t) => {
    const run = await stopped(t);
    for (let count = 1; count <= 4; count++) {
      const { code, stdout, stderr } = await backup(run, 'create', '--strategy', 'copy', '--output', 'json');
      t.expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 1 });
      t.expect(json(stdout)).toMatchObject({
        target: 'genesis',
        strategy: 'copy',
        reason: 'asked for',
        linked: { files: 0, bytes: 0 },
        copied: { files: t.expect.any(Number) as number, bytes: t.expect.any(Number) as number },
        warnings: [],
      });
      t.expect(await besides(run)).toHaveLength(count);
    }
  });

  it('goes to DAEMON_DATA_BACKUP_DIR', async (t) => {
    const run = await stopped(t);
    const elsewhere = join(run.home.dir, 'backups');
    const env = { DAEMON_DATA_BACKUP_DIR: elsewhere };
    const refused = await backupWith(run, { env }, 'create');
    t.expect(refused).toMatchObject({ code: 66, stdout: '' });
    t.expect(refused.stderr).toContain(elsewhere);
    await mkdir(elsewhere);
    t.expect(await backupWith(run, { env }, 'create')).toMatchObject({ code: 0, stderr: '' });
    t.expect((await readdir(elsewhere)).filter((name) => today.test(name))).toHaveLength(1);
    t.expect(await besides(run)).toEqual([]);
  });

  it('that is ended by a signal leaves nothing and ends with its code', async (t) => {
    const run = await stopped(t);
    await mkdir(inData(run, 'many'));
    for (let n = 0; n < 4000; n++) await writeFile(inData(run, 'many', String(n)), 'x'.repeat(100));
    const command = startSupervisor(['backup', 'create', '--strategy', 'copy'], run.home.env(), run.home.dir);
    await t.expect.poll(() => named(run, '.data-backup-'), { timeout: 60_000, interval: 2 }).toHaveLength(1);
    command.kill('SIGTERM');
    t.expect(await command.ended).toEqual({ code: 143, signal: null });
    t.expect(command.log()).toMatch(/ended by SIGTERM: no backup is made, and nothing of it is left/);
    t.expect(command.output()).toBe('');
    t.expect(await besides(run)).toEqual([]);
  });

  it('names the binary of the data also where that is gone', async (t) => {
    const run = await stopped(t);
    await rm(run.at('current'));
    await symlink('upgrades/gone', run.at('current'));
    const made = await backup(run, 'create', '-o', 'json');
    t.expect(json(made.stdout)).toMatchObject({ target: 'upgrades/gone', warnings: [] });
  });

  it.skipIf(noUser !== undefined)(titled('by root leaves .chainvisor to the user of the home', noUser), async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const file = await asNobody(run);
    t.expect(await backup(run, 'create')).toMatchObject({ code: 0 });
    const made = ['.', ...(await readdir(run.at('.chainvisor')))];
    const owners = await Promise.all(made.map(async (name) => (await stat(run.at('.chainvisor', name))).uid));
    t.expect([...new Set(owners)]).toEqual([nobody.uid]);
    const supervisor = run.start({}, file);
    await run.reached(2);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(supervisor.log()).not.toContain('the journal cannot be written');
  });

  it('refuses a strategy that there is none of', async (t) => {
    const run = await stopped(t);
    const { code, stderr } = await backup(run, 'create', '--strategy', 'tar');
    t.expect(code).toBe(64);
    t.expect(stderr).toContain('--strategy "tar" is none of auto, reflink, link, copy');
  });
});

describe.concurrent('while something runs, it is named and nothing is done by', () => {
  it.for([['create'], ['restore', 'b', '--yes'], ['prune', '--keep', '1'], ['prune', '--old-data']])(
    'backup %s beside a supervisor',
    async (args, t) => {
      const run = await fakeRun(t, { chain: {} });
      await mkdir(join(run.home.home, 'b/state.db'), { recursive: true });
      const supervisor = run.start();
      await run.reached(2);
      const refused = await backup(run, ...args);
      t.expect(refused).toMatchObject({ code: 69, stdout: '' });
      t.expect(refused.stderr).toMatch(new RegExp(`another supervisor of this home.*process ${supervisor.pid} `));
      t.expect(refused.stderr).toMatch(/^ {2}do: ./m);
      t.expect(await besides(run)).toEqual(['b']);
      const listed = await backup(run, 'list', '-o', 'json');
      t.expect(listed).toMatchObject({ code: 0, stdout: '[]', stderr: '' });
      await expectCleanStop(t.expect, run, supervisor);
    },
  );

  it.for([['create'], ['restore', 'b', '--yes', '--use', 'genesis'], ['prune', '--keep', '1']])(
    'backup %s beside a node that somebody has started by hand',
    async (args, t) => {
      const run = await fakeRun(t, { chain: {} });
      await mkdir(join(run.home.home, 'b/state.db'), { recursive: true });
      const node = startStranger(t, [run.home.genesisBinary, 'start', '--home', run.home.home], {
        env: run.home.env(),
      });
      await run.reached(2);
      const refused = await backup(run, ...args);
      t.expect(refused).toMatchObject({ code: 69, stdout: '' });
      t.expect(refused.stderr).toMatch(new RegExp(`still runs on this home: process ${node.pid} .*LOCK`));
      t.expect(await besides(run)).toEqual(['b']);
      t.expect(node.end()).toBeUndefined();
      if (args[0] !== 'restore') return;
      const dry = await backup(run, ...args.slice(0, 2), '--use', 'genesis', '--dry-run');
      t.expect(dry.code).toBe(0);
      t.expect(dry.stdout).toMatch(/warning: without --dry-run this would be refused: .*process/);
    },
  );
});

describe.concurrent('backup list', () => {
  it('shows every kind: ours, of cosmovisor, renamed, damaged, put aside and unfinished', async (t) => {
    const { run, name } = await failedUpgrade(t);
    const at = (...parts: readonly string[]) => join(run.home.home, ...parts);
    t.expect(await backup(run, 'restore', name, '--yes')).toMatchObject({ code: 0 });
    for (let count = 0; count < 2; count++) t.expect(await backup(run, 'create')).toMatchObject({ code: 0 });
    await rename(at(`${name}-2`), at('before-the-trouble'));
    await writeFile(at(`${name}-3/.chainvisor-backup/manifest.jsonl`), 'x');
    await mkdir(at('data-backup-2024-3-5/application.db'), { recursive: true });
    const hidden = '.data-backup-2024-3-6.unfinished-1-1-00000001-00000001-00000001-00000001';
    await mkdir(at(hidden));
    await writeFile(at(hidden, 'half'), 'half');

    const { code, stdout, stderr } = await backup(run, 'list', '-o', 'json');
    t.expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 1 });
    const shown = rows(stdout).map(({ name: each, kind, plan, target }) => ({ name: each, kind, plan, target }));
    const nothing = { plan: null, target: null };
    t.expect(shown).toEqual([
      { name: 'data-backup-2024-3-5', kind: 'foreign', ...nothing },
      { name: `${name}-3`, kind: 'damaged', ...nothing },
      { name, kind: 'ours', plan: v2, target: 'genesis' },
      { name: 'before-the-trouble', kind: 'renamed', plan: null, target: 'genesis' },
      { name: name.replace('backup', 'before-restore'), kind: 'old-data', ...nothing },
      { name: hidden, kind: 'unfinished', ...nothing },
    ]);
    t.expect(rows(stdout)[2]).toMatchObject({
      path: at(name),
      data: inData(run),
      bytes: t.expect.any(Number) as number,
      madeAt: t.expect.stringMatching(/^20.*Z$/) as string,
    });
    t.expect(rows(stdout).at(-1)).toMatchObject({ bytes: 4 });

    const text = (await backup(run, 'list')).stdout.split('\n');
    t.expect(text).toHaveLength(7);
    t.expect(text[3]).toMatch(/ {2}"v2" at height 5 {2}genesis {2}/);
    t.expect(text[5]).toMatch(/put aside by a restore/);
  });

  it('says where there is none', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const { code, stdout } = await backup(run, 'list');
    t.expect({ code, stdout }).toEqual({ code: 0, stdout: `there are no backups in ${run.home.home}` });
  });
});

describe.concurrent('backup verify', () => {
  it('says that a backup is whole, and what of a damaged one is missing or changed, with code 65', async (t) => {
    const run = await stopped(t);
    const made = json((await backup(run, 'create', '--strategy', 'copy', '-o', 'json')).stdout);
    const [name, path] = [String(made['name']), String(made['path'])];
    t.expect(await backup(run, 'verify', name, '-o', 'json')).toMatchObject({ code: 0, stderr: '' });
    const whole = await backup(run, 'verify', path);
    t.expect({ code: whole.code, stderr: whole.stderr }).toEqual({ code: 0, stderr: '' });
    t.expect(whole.stdout).toMatch(/^\S+ is whole\n {2}\d+ files have the content that was hashed before$/);

    await rm(join(path, 'application.db/CURRENT'));
    await writeFile(join(path, 'state.db/CURRENT'), 'another one');
    const asText = await backup(run, 'verify', name);
    t.expect(asText.code).toBe(65);
    t.expect(asText.stdout).toMatch(
      /is damaged\n {2}missing: application\.db\/CURRENT\n {2}changed, its \w+: state\.db\/CURRENT/,
    );
    t.expect(asText.stderr).toMatch(/^Error: the backup \S+ is damaged\n {2}why: 1 missing, 1 changed\n {2}do: ./);
    const asJson = await backup(run, 'verify', `${name}/`, '-o', 'json');
    t.expect(asJson.code).toBe(65);
    t.expect(json(asJson.stdout)).toMatchObject({
      ok: false,
      missing: ['application.db/CURRENT'],
      changed: [{ path: 'state.db/CURRENT' }],
    });
  });

  it('says of one of cosmovisor that nothing tells whether it is whole, and of none where others are', async (t) => {
    const { run, name } = await withForeign(t);
    const foreign = await backup(run, 'verify', name);
    t.expect(foreign).toMatchObject({ code: 65, stdout: '' });
    t.expect(foreign.stderr).toMatch(/manifest/);
    const none = await backup(run, 'verify', 'data-backup-2024-3-4');
    t.expect(none).toMatchObject({ code: 66, stdout: '' });
    t.expect(none.stderr).toMatch(new RegExp(`do: name one of ${name} in `));
    for (const word of ['.', '..', '']) t.expect((await backup(run, 'verify', word)).code).toBe(64);
  });
});

describe.concurrent('backup prune', () => {
  it('removes the oldest of ours and what was not finished, and leaves everybody else’s', async (t) => {
    const { run, name: foreign } = await withForeign(t);
    const names: string[] = [];
    for (let count = 0; count < 4; count++) {
      names.push(String(json((await backup(run, 'create', '-o', 'json')).stdout)['name']));
    }
    const [first = '', second = '', third = '', fourth = ''] = names;
    await rename(join(run.home.home, second), join(run.home.home, 'mine'));
    const hidden = '.data-backup-2024-3-6.unfinished-1-1-00000001-00000001-00000001-00000001';
    await mkdir(join(run.home.home, hidden));
    const before = await besides(run);
    const dry = await backup(run, 'prune', '--keep', '1', '--dry-run', '-o', 'json');
    t.expect(await besides(run)).toEqual(before);
    const { code, stdout, stderr } = await backup(run, 'prune', '--keep', '1', '-o', 'json');
    t.expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    t.expect(json(dry.stdout)).toEqual({ ...json(stdout), dryRun: true });
    const at = (name: string) => join(run.home.home, name);
    t.expect(json(stdout)).toMatchObject({
      removed: [first, third, hidden].map(at),
      kept: [at(fourth)],
      dryRun: false,
    });
    t.expect(json(stdout)['freed']).toBeGreaterThan(0);
    t.expect(await besides(run)).toEqual([foreign, fourth, 'mine'].sort());
    t.expect((await backup(run, 'prune', '--keep', '1')).stdout).toBe(`nothing to remove\nkept ${at(fourth)}`);
  });

  it('keeps as many as the setting says; where that is all, --keep is needed', async (t) => {
    const run = await stopped(t);
    for (let count = 0; count < 3; count++) await backup(run, 'create');
    const all = { env: { CHAINVISOR_BACKUP_KEEP: '0' } };
    const refused = await backupWith(run, all, 'prune');
    t.expect(refused).toMatchObject({ code: 64, stdout: '' });
    t.expect(refused.stderr).toContain('--keep N');
    for (const flags of [
      ['--keep', 'x'],
      ['--keep', '-1'],
      ['--keep', '1', '--old-data'],
    ]) {
      t.expect((await backup(run, 'prune', ...flags)).code).toBe(64);
    }
    t.expect(await besides(run)).toHaveLength(3);
    t.expect(await backup(run, 'prune')).toMatchObject({ code: 0 });
    t.expect(await besides(run)).toHaveLength(2);
    t.expect(await backupWith(run, all, 'prune', '--keep', '0')).toMatchObject({ code: 0 });
    t.expect(await besides(run)).toEqual([]);
  });
});

describe.concurrent('the command line', () => {
  it.for([[], ['make'], ['restore'], ['create', 'x'], ['list', '-o', 'yaml']])(
    'backup %s is refused',
    async (args, t) => {
      const run = await fakeRun(t, { chain: {} });
      t.expect(await backup(run, ...args)).toMatchObject({ code: 64, stdout: '' });
    },
  );

  it('warns of settings on stderr alone, where the data is for programs', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const { code, stdout, stderr } = await backupWith(run, { env: { DAEMON_NONSENSE: '1' } }, 'list', '-o', 'json');
    t.expect({ code, stdout }).toEqual({ code: 0, stdout: '[]' });
    t.expect(stderr).toContain('DAEMON_NONSENSE');
  });
});
