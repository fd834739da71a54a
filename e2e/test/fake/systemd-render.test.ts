import { mkdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import {
  always,
  checkoutRefused,
  environmentFile,
  put,
  renderedFiles,
  systemdRefused,
  unitFile,
  unitRun,
  verified,
  verify,
} from '../../src/fake-units.ts';
import { nodePath } from '../../src/stager.ts';
import { program, runProgram } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 4 });

const noSystemd = systemdRefused();
const noCheckout = checkoutRefused();

describe.concurrent('chainvisor systemd render', () => {
  it.skipIf(noSystemd !== undefined)(
    titled('prints a unit that systemd has nothing to say of', noSystemd),
    async (t) => {
      const all = await unitRun(t);
      const { code, stdout } = await all.systemd('render', ...always, '--', 'start', '--log_level', '50% of $x "y"');
      t.expect(code).toBe(0);
      t.expect(stdout).toMatch(/^ExecStart=\/bin\/sh run start --log_level "50%% of \$\$x \\"y\\""$/m);
      await verified(t, all, stdout, [unitFile]);
    },
  );

  it('puts what is set into the environment file, and nothing else', async (t) => {
    const { run, systemd } = await unitRun(t);
    const { home } = run.home;
    const { stdout, code } = await systemd('render', ...always, '--env', 'PIGEON_HEALTHCHECK_PORT=5757');
    t.expect(code).toBe(0);
    const lines = renderedFiles(stdout).get(environmentFile)?.split('\n') ?? [];
    t.expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      `DAEMON_HOME=${home}`,
      'DAEMON_NAME=palomad',
      'PIGEON_HEALTHCHECK_PORT=5757',
    ]);
    const config = await put(join(run.home.dir, 'c.toml'), 'daemon_shutdown_grace = "10m"\n');
    const more = await runProgram(['systemd', 'render', ...always, '-c', config], run.home.env({ SECRET: 'no' }));
    const environment = renderedFiles(more.stdout).get(environmentFile) ?? '';
    t.expect(environment).toMatch(/^UNSAFE_SKIP_BACKUP=true$/m);
    t.expect(environment).toMatch(/^DAEMON_SHUTDOWN_GRACE=10m/m);
    // What is without effect, and what is not ours.
    t.expect(environment).not.toMatch(/LOG_BUFFER|SECRET|HOME=.*image|PATH/);
    t.expect(more.stdout).toMatch(/^TimeoutStopSec=720$/m);
  });

  it('makes the unit for what --env sets, and refuses what a run would refuse', async (t) => {
    const { run, systemd, root } = await unitRun(t);
    const { dir } = run.home;
    const given = ['DAEMON_SHUTDOWN_GRACE=10m', 'DAEMON_RESTART_AFTER_UPGRADE=false', `DAEMON_DATA_BACKUP_DIR=${dir}`];
    const { stdout, code } = await systemd('render', ...always, ...given.flatMap((each) => ['--env', each]));
    t.expect(code).toBe(0);
    t.expect(stdout.match(/^(?:TimeoutStopSec|Restart|ReadWritePaths)=.*$/gm)).toEqual([
      'TimeoutStopSec=720',
      'Restart=on-failure',
      `ReadWritePaths=${dir}`,
    ]);
    for (const each of given) t.expect(stdout).toContain(`\n${each}\n`);
    const wrong = await systemd('install', ...always, '--root', root, '--env', 'DAEMON_SHUTDOWN_GRACE=often');
    t.expect(wrong).toMatchObject({ code: 78, stdout: '' });
    t.expect(wrong.stderr).toContain('DAEMON_SHUTDOWN_GRACE');
  });

  it('runs the node as the owner of the home', async (t) => {
    const { systemd, run } = await unitRun(t);
    const { uid } = await stat(run.home.home);
    const [owner, numbered] = await Promise.all(
      [[], ['--user', String(uid)]].map((user) => systemd('render', '--exec', '/bin/sh', ...user)),
    );
    t.expect(owner?.stdout).toMatch(/^User=[a-z_][\w-]*$/m);
    t.expect(owner?.stdout).toBe(numbered?.stdout);
    t.expect(owner?.stderr.includes('the node will run as root')).toBe(uid === 0);
  });

  it.skipIf(noCheckout !== undefined)(titled('names node and itself by their whole paths', noCheckout), async (t) => {
    const { systemd } = await unitRun(t);
    const { stdout } = await systemd('render', '--user', 'daemon');
    t.expect(stdout).toContain(`\nExecStart=${await realpath(nodePath)} ${await realpath(program)} run start\n`);
  });

  it('opens one directory above home, data and backups', async (t) => {
    const { run, env } = await unitRun(t);
    const { dir, home } = run.home;
    await mkdir(join(dir, 'disk'));
    await rename(join(home, 'data'), join(dir, 'disk/data'));
    await symlink(join(dir, 'disk/data'), join(home, 'data'));
    const render = async (more: Readonly<Record<string, string>>) =>
      (await runProgram(['systemd', 'render', ...always], { ...env, ...more })).stdout.match(/^ReadWritePaths=.*$/gm);
    t.expect(await render({})).toEqual([`ReadWritePaths=${dir}`]);
    await rm(join(home, 'data'));
    await mkdir(join(home, 'data'));
    t.expect(await render({})).toEqual([`ReadWritePaths=${home}`]);
    await mkdir(join(home, 'backups'));
    t.expect(await render({ DAEMON_DATA_BACKUP_DIR: join(home, 'backups') })).toEqual([`ReadWritePaths=${home}`]);
  });

  it.skipIf(noSystemd !== undefined)(
    titled('prints a template, and what an instance has of its own', noSystemd),
    async (t) => {
      const all = await unitRun(t);
      const { code, stdout } = await all.systemd('render', ...always, '--template', '--name', 'main');
      t.expect(code).toBe(0);
      const [environment, template, dropIn] = renderedFiles(stdout).keys();
      t.expect([environment, template, dropIn]).toEqual([
        '/etc/chainvisor/main.env',
        '/etc/systemd/system/chainvisor@.service',
        '/etc/systemd/system/chainvisor@main.service.d/10-chainvisor.conf',
      ]);
      for (const [path, text] of renderedFiles(stdout)) await put(all.at(path), text);
      const instance = all.at('/etc/systemd/system/chainvisor@main.service');
      await symlink('chainvisor@.service', instance);
      t.expect(verify(instance)).toBe('');
      const text = stdout.slice(stdout.indexOf('chainvisor@.service'));
      t.expect(text).toMatch(/^EnvironmentFile=\/etc\/chainvisor\/%i\.env$/m);
    },
  );

  it.for([
    {
      what: 'a command that would not be supervised',
      args: ['--', 'version'],
      code: 64,
      say: /no node that would be supervised/,
    },
    {
      what: 'another home of the node',
      args: ['--', 'start', '--home', '/other'],
      code: 78,
      say: /is not DAEMON_HOME/,
    },
    {
      what: 'a program that goes away',
      args: ['--exec', '/tmp/chainvisor'],
      code: 78,
      say: /will be gone[^]*npm install --global/,
    },
    { what: 'a name that no unit has', args: ['--name', 'a b'], code: 64, say: /no name of a service/ },
    { what: 'a template in a name', args: ['--name', 'chainvisor@x'], code: 64, say: /--template/ },
    { what: 'arguments in a template', args: ['--template', '--', 'start', '--trace'], code: 64, say: /template/ },
    { what: 'a user that is not there', args: ['--user', 'no-such-user-here'], code: 78, say: /useradd/ },
    { what: 'no assignment', args: ['--env', 'export A=1'], code: 64, say: /NAME=value/ },
    { what: 'a relative program', args: ['--exec', 'bin/sh'], code: 78, say: /not absolute/ },
  ])('refuses $what', async ({ args, code, say }, t) => {
    const { systemd } = await unitRun(t);
    const result = await systemd('render', ...always, ...args);
    t.expect([result.code, result.stdout]).toEqual([code, '']);
    t.expect(result.stderr).toMatch(say);
    t.expect(result.stderr).not.toContain('bug');
  });
});
