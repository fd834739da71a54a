import { chmod, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { guideUnit } from '@chainvisor/testkit';
import { describe, it, vi } from 'vitest';

import {
  always,
  environmentFile,
  isEnabled,
  put,
  renderedFiles,
  systemdRefused,
  unitFile,
  unitRun,
  verified,
} from '../../src/fake-units.ts';
import { titled } from '../../src/titled.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 4 });

const noSystemd = systemdRefused();

describe.concurrent('chainvisor systemd lint', () => {
  it("finds the mistakes of the seed document's unit, and mends them", async (t) => {
    const { run, systemd } = await unitRun(t);
    const file = await put(join(run.home.dir, 'palomad.service'), guideUnit);
    const { code, stdout } = await systemd('lint', file, '-o', 'json');
    t.expect(code).toBe(78);
    const [unit] = JSON.parse(stdout) as { ok: boolean; findings: { code: string; line: number | null }[] }[];
    t.expect(unit?.ok).toBe(false);
    const found = unit?.findings.map((one) => `${one.code} ${one.line ?? '-'}`);
    t.expect(found).toEqual(
      t.expect.arrayContaining(['LINE_STRAY 17', 'USER_MISSING -', 'LIMIT_NOFILE 6', 'ENV_MISSING -']),
    );
    const text = await systemd('lint', file);
    t.expect(text.stdout).toMatch(
      /palomad\.service:6: error: LimitNOFILE=4096 .*\n {2}why: .*\n {2}do: LimitNOFILE=65536/,
    );
    t.expect(text.stdout).toContain(`chainvisor systemd lint --mended ${file}`);
    const mended = await systemd('lint', '--mended', file);
    t.expect(mended.stdout).toContain('LimitNOFILE=65536');
    t.expect(mended.stdout).not.toMatch(/^~$/m);
    // What is left is told with the lines of what was printed.
    const lines = mended.stdout.split('\n');
    const place = `in the mended unit:${lines.indexOf('WorkingDirectory=~') + 1}`;
    t.expect(mended.stderr).toContain(`warning: ${place}: warning: WorkingDirectory=~ without User=; `);
    t.expect(mended.stderr).toContain('warning: in the mended unit: error: DAEMON_NAME is not set; ');
    t.expect(mended.stderr).not.toContain(file);
  });

  it('is content with what it renders', async (t) => {
    const { at, run, systemd } = await unitRun(t);
    const { stdout } = await systemd('render', ...always);
    const files = renderedFiles(stdout);
    const environment = await put(at(environmentFile), files.get(environmentFile) ?? '');
    const unit = (files.get(unitFile) ?? '')
      .replace(environmentFile, environment)
      .replace('/bin/sh', '/bin/chainvisor');
    const file = await put(join(run.home.dir, 'palomad.service'), unit);
    const linted = await systemd('lint', file);
    t.expect(linted).toMatchObject({ code: 0, stdout: `${file}: nothing is wrong` });
  });

  it('is content with a template, whose environment is that of its instances', async (t) => {
    const { at, run, systemd } = await unitRun(t);
    const { stdout } = await systemd('render', ...always, '--template');
    const text = renderedFiles(stdout).get('/etc/systemd/system/chainvisor@.service') ?? '';
    const there = text.replace('/etc/chainvisor/', at('/etc/chainvisor/')).replace('/bin/sh', '/bin/chainvisor');
    const file = await put(join(run.home.dir, 'chainvisor@.service'), there);
    t.expect(await systemd('lint', file)).toMatchObject({ code: 0, stdout: `${file}: nothing is wrong` });
  });

  it('is content with what the stager renders, which need not write the home', async (t) => {
    const { at, run, systemd, stager } = await unitRun(t);
    const { stdout } = await stager('render', ...always);
    const files = renderedFiles(stdout);
    const environment = await put(at(environmentFile), files.get(environmentFile) ?? '');
    const unit = (files.get('/etc/systemd/system/palomad-stager.service') ?? '')
      .replace(environmentFile, environment)
      .replace('/bin/sh', '/bin/chainvisor-stager');
    const file = await put(join(run.home.dir, 'palomad-stager.service'), unit);
    t.expect(await systemd('lint', file)).toMatchObject({ code: 0, stdout: `${file}: nothing is wrong` });
    await put(file, unit.replace(/^ReadWritePaths=.*$/m, 'ReadWritePaths=/var/lib'));
    const shut = await systemd('lint', file);
    t.expect(shut.code).toBe(78);
    t.expect(shut.stdout).toContain(`do: ReadWritePaths=${run.home.home}/cosmovisor`);
  });

  it('names an environment file that is not there, and lines of one that do not count', async (t) => {
    const { run, systemd } = await unitRun(t);
    const environment = await put(join(run.home.dir, 'x.env'), 'export DAEMON_NAME=palomad\n');
    const text = `[Service]\nExecStart=/usr/bin/chainvisor run start\nEnvironmentFile=/not/there.env\nEnvironmentFile=${environment}\n`;
    const file = await put(join(run.home.dir, 'x.service'), text);
    const { code, stdout } = await systemd('lint', file);
    t.expect(code).toBe(78);
    t.expect(stdout).toContain('/not/there.env: error: the environment file is not there [ENV_FILE_MISSING]');
    t.expect(stdout).toMatch(new RegExp(`${environment}:1: warning: .*export DAEMON_NAME`));
  });

  it('names a flag that a staged binary does not know', async (t) => {
    const { run, systemd } = await unitRun(t);
    const script = (flags: string) => `#!/bin/sh\nprintf 'Flags:\\n${flags}\\n'\n`;
    const old = '      --home string   home\\n      --x-crisis-skip-assert-invariants   skip';
    await put(run.home.genesisBinary, script(old));
    await put(run.at('upgrades/v2/bin/palomad'), script('      --home string   home'));
    await symlink('genesis', run.at('current'));
    for (const path of [run.home.genesisBinary, run.at('upgrades/v2/bin/palomad')]) await chmod(path, 0o755);
    const environment = `Environment=DAEMON_NAME=palomad DAEMON_HOME=${run.home.home}`;
    const exec = '/usr/bin/chainvisor run start --x-crisis-skip-assert-invariants';
    const file = await put(join(run.home.dir, 'x.service'), `[Service]\nExecStart=${exec}\n${environment}\n`);
    const { stdout } = await systemd('lint', file, '-o', 'json');
    const [{ findings } = { findings: [] }] = JSON.parse(stdout) as { findings: { code: string; what: string }[] }[];
    t.expect(findings.filter((one) => one.code === 'FLAG_LOST').map(({ what }) => what)).toEqual([
      t.expect.stringContaining('v2'),
    ]);
  });

  it('says which unit is not there', async (t) => {
    const { systemd } = await unitRun(t);
    const { code, stderr } = await systemd('lint', 'no-such-unit-here');
    t.expect(code).toBe(66);
    t.expect(stderr).toContain('there is no unit "no-such-unit-here"');
  });
});

describe.concurrent('chainvisor-stager systemd', () => {
  it.skipIf(noSystemd !== undefined)(
    titled('prints a service and a timer that systemd has nothing to say of', noSystemd),
    async (t) => {
      const all = await unitRun(t);
      const { code, stdout } = await all.stager('render', ...always);
      t.expect(code).toBe(0);
      const units = ['service', 'timer'].map((type) => `/etc/systemd/system/palomad-stager.${type}`);
      await verified(t, all, stdout, units);
      t.expect(stdout).toContain(`\nReadWritePaths=${all.run.at()}\n`);
      t.expect(stdout).toContain('\nSuccessExitStatus=69\n');
    },
  );

  it.skipIf(noSystemd !== undefined)(
    titled('shares the environment file with the supervisor, whoever comes first', noSystemd),
    async (t) => {
      const { root, at, systemd, stager, run } = await unitRun(t);
      t.expect((await stager('install', ...always, '--root', root)).code).toBe(0);
      t.expect(isEnabled(root, 'palomad-stager.timer')).toBe('enabled');
      t.expect((await systemd('install', ...always, '--root', root)).code).toBe(0);
      const first = await readFile(at(environmentFile), 'utf8');
      t.expect(first).toContain(`DAEMON_HOME=${run.home.home}\nDAEMON_NAME=palomad\n`);
      const again = await stager('install', ...always, '--root', root);
      t.expect(again.stdout).toMatch(/^(?:unchanged .*\n){3}ran systemctl/);
      t.expect(await readFile(at(environmentFile), 'utf8')).toBe(first);
    },
  );

  it('passes its configuration on, and changes nothing in a dry run', async (t) => {
    const { root, run, stager } = await unitRun(t);
    const config = await put(join(run.home.dir, 'stager.toml'), 'keep = 3\n');
    const before = await treeOf(run.home.dir);
    const { code, stdout } = await stager('install', ...always, '--root', root, '--dry-run', '--config', config);
    t.expect(code).toBe(0);
    t.expect(stdout).toContain(`ExecStart=/bin/sh stage --config ${config}\n`);
    t.expect(await treeOf(run.home.dir)).toEqual(before);
  });
});
