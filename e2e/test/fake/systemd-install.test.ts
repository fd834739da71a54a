import { readFile, rm, stat, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
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
} from '../../src/fake-units.ts';
import { giveTo, nobody, nobodyRefused } from '../../src/other-user.ts';
import { nodePath, stagerProgram, startAlone } from '../../src/stager.ts';
import { program, runProgram } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 4 });

const noSystemd = systemdRefused();
const noNobody = nobodyRefused();

describe.concurrent('chainvisor systemd install', () => {
  it.skipIf(noSystemd !== undefined)(
    titled('writes the files into an image and enables the unit, once', noSystemd),
    async (t) => {
      const { root, at, systemd } = await unitRun(t);
      const first = await systemd('install', ...always, '--root', root);
      t.expect(first).toMatchObject({ code: 0 });
      t.expect(first.stdout.split('\n')).toEqual([
        `created ${at(environmentFile)}`,
        `created ${at(unitFile)}`,
        `ran systemctl --root=${root} enable palomad.service`,
        `next: it starts when ${root} boots`,
      ]);
      t.expect(isEnabled(root, 'palomad.service')).toBe('enabled');
      t.expect((await stat(at(environmentFile))).mode & 0o777).toBe(0o640);
      t.expect((await stat(at(unitFile))).mode & 0o777).toBe(0o644);
      const rendered = await systemd('render', ...always, '--root', root);
      for (const [path, text] of renderedFiles(rendered.stdout)) {
        t.expect((await readFile(at(path), 'utf8')).trimEnd()).toBe(text.trimEnd());
      }
      const before = await treeOf(at('/etc/chainvisor'));
      const again = await systemd('install', ...always, '--root', root);
      t.expect(again.stdout).toContain(`unchanged ${at(environmentFile)}\nunchanged ${at(unitFile)}\n`);
      t.expect(await treeOf(at('/etc/chainvisor'))).toEqual(before);
    },
  );

  it('changes nothing in a dry run, which tells all that it would do', async (t) => {
    const { root, run, systemd } = await unitRun(t);
    const before = await treeOf(run.home.dir);
    const { code, stdout } = await systemd('install', ...always, '--root', root, '--dry-run');
    t.expect(code).toBe(0);
    t.expect(stdout).toContain(`would create ${root}${environmentFile} (mode 0640):\n    # Written by`);
    t.expect(stdout).toContain(`\n    ExecStart=/bin/sh run start\n`);
    t.expect(stdout).toContain(`\nwould run systemctl --root=${root} enable palomad.service`);
    t.expect(await treeOf(run.home.dir)).toEqual(before);
  });

  it.skipIf(noNobody !== undefined)(
    titled('needs root, but for a dry run, and says what to type', noNobody),
    async (t) => {
      const { env, run } = await unitRun(t);
      await giveTo(nobody, run.home.dir);
      const ids = [`--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups'];
      const install = (...more: readonly string[]) => {
        const command = [
          '/usr/bin/env',
          'setpriv',
          ...ids,
          nodePath,
          program,
          'systemd',
          'install',
          ...always,
          ...more,
        ];
        return startAlone(t, command, env).ended;
      };
      const refused = await install();
      t.expect(refused.code).toBe(66);
      t.expect(refused.stderr).toMatch(
        /do: sudo --preserve-env=DAEMON_HOME,DAEMON_NAME \S+ \S+main\.js systemd install --user daemon/,
      );
      t.expect(refused.stderr).toContain('--dry-run');
      const looked = await install('--dry-run');
      t.expect([looked.code, looked.stderr]).toEqual([0, '']);
      t.expect(looked.stdout).toMatch(
        /would create \/etc\/systemd\/system\/palomad\.service[^]*would run systemctl daemon-reload/,
      );
    },
  );

  it.skipIf(noSystemd !== undefined)(
    titled('refuses a file that is not ours, and keeps it beside where it is forced', noSystemd),
    async (t) => {
      const { root, at, systemd } = await unitRun(t);
      await put(at(unitFile), guideUnit);
      const refused = await systemd('install', ...always, '--root', root);
      t.expect(refused.code).toBe(66);
      t.expect(refused.stderr).toMatch(/palomad\.service is there already[^]*--force/);
      t.expect(await readFile(at(unitFile), 'utf8')).toBe(guideUnit);
      const forced = await systemd('install', ...always, '--root', root, '--force');
      t.expect(forced.code).toBe(0);
      t.expect(forced.stdout).toContain(`kept the old ${at(unitFile)} as ${at(unitFile)}.before-chainvisor\n`);
      t.expect(await readFile(`${at(unitFile)}.before-chainvisor`, 'utf8')).toBe(guideUnit);
      t.expect(await readFile(at(unitFile), 'utf8')).toContain('run start');
    },
  );

  it('makes no stager for a home without cosmovisor/, which its service could not start in', async (t) => {
    const { run, stager } = await unitRun(t);
    const { home } = run.home;
    await rm(join(home, 'cosmovisor'), { recursive: true });
    const refused = await stager('install', ...always, '--dry-run');
    t.expect(refused).toMatchObject({ code: 78, stdout: '' });
    t.expect(refused.stderr).toMatch(/cosmovisor[^]*chainvisor init/);
    t.expect((await stager('render', ...always)).code).toBe(0);
  });

  it('refuses a second unit on the same home, however that is written', async (t) => {
    const { root, at, run, systemd } = await unitRun(t);
    const link = join(run.home.dir, 'link-to-home');
    await symlink(run.home.home, link);
    const other = at('/usr/lib/systemd/system/cosmovisor.service');
    await put(other, `[Service]\nExecStart=/usr/bin/cosmovisor run start\nEnvironment=DAEMON_HOME=${link}\n`);
    const refused = await systemd('install', ...always, '--root', root, '--dry-run');
    t.expect(refused.code).toBe(78);
    t.expect(refused.stderr).toContain(`cosmovisor.service (${other}) runs a node on ${run.home.home}, too`);
    const forced = await systemd('install', ...always, '--root', root, '--dry-run', '--force');
    t.expect(forced.code).toBe(0);
    t.expect(forced.stderr).toContain('only one of them can be started');
    await put(other, `[Service]\nExecStart=/usr/bin/palomad start --home ${link}\n`);
    t.expect((await systemd('install', ...always, '--root', root, '--dry-run')).code).toBe(78);
    await put(other, '[Service]\nExecStart=/usr/bin/palomad start --home /another\n');
    t.expect((await systemd('install', ...always, '--root', root, '--dry-run')).code).toBe(0);
  });

  it('does not take over the name of a node with another home', async (t) => {
    const { root, at, systemd } = await unitRun(t);
    await put(at(environmentFile), '# Written by chainvisor systemd install\nDAEMON_HOME=/another\nOTHER=1\n');
    const refused = await systemd('install', ...always, '--root', root, '--dry-run');
    t.expect(refused.code).toBe(78);
    t.expect(refused.stderr).toMatch(/of another node, whose home is \/another[^]*--name/);
    const named = await systemd('install', ...always, '--root', root, '--dry-run', '--name', 'paloma-2');
    t.expect(named.code).toBe(0);
  });

  it('keeps what was set before and is not said now, and makes the unit for it', async (t) => {
    const { root, at, run, systemd } = await unitRun(t);
    const text = `# Written by chainvisor systemd install\nDAEMON_HOME=${run.home.home}\nDAEMON_RESTART_DELAY=5s\nDAEMON_SHUTDOWN_GRACE=10m\nCHAINVISOR_STAGER_KEEP=3\nPIGEON=1\n`;
    await put(at(environmentFile), text);
    const flags = ['--root', root, '--dry-run', '-o', 'json', '--env', 'DAEMON_RESTART_DELAY=9s'];
    const { code, stdout, stderr } = await systemd('install', ...always, ...flags);
    t.expect([code, stderr]).toEqual([0, '']);
    const { files } = JSON.parse(stdout) as { files: { did: string; text: string }[] };
    t.expect(files.map(({ did }) => did)).toEqual(['replaced', 'created']);
    t.expect(files[0]?.text).toMatch(
      /\nCHAINVISOR_STAGER_KEEP=3\nDAEMON_HOME=\S+\nDAEMON_NAME=palomad\nDAEMON_RESTART_DELAY=9s\nDAEMON_SHUTDOWN_GRACE=10m\nPIGEON=1\n$/,
    );
    t.expect(files[1]?.text).toMatch(/^TimeoutStopSec=720$/m);
  });

  it.skipIf(noSystemd !== undefined)(
    titled('knows the node of an installed name in a shell without its variables', noSystemd),
    async (t) => {
      const { env, root, systemd, stager, at } = await unitRun(t);
      const setting = 'CHAINVISOR_STAGER_RELEASE_REPOSITORY=palomachain/paloma';
      await systemd('install', ...always, '--root', root);
      await stager('install', ...always, '--root', root, '--env', setting);
      const before = await readFile(at(environmentFile), 'utf8');
      t.expect(before).toContain(setting);
      const bare = { PATH: env['PATH'] ?? '' };
      for (const file of [program, stagerProgram]) {
        const args = ['systemd', 'install', ...always, '--root', root, '--name', 'palomad'];
        const { code, stderr } = await runProgram(args, bare, undefined, file);
        t.expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      }
      t.expect(await readFile(at(environmentFile), 'utf8')).toBe(before);
    },
  );

  it('names what a unit that it replaces says and the new one does not, and no value of it', async (t) => {
    const { root, at, run, systemd } = await unitRun(t);
    const exec = '/usr/bin/cosmovisor run start --p2p.seeds=secret --home /h --rpc.unsafe';
    const old = `[Service]\nUser=nobody\nEnvironment=DAEMON_HOME=${run.home.home} PIGEON=secret KEPT=1 GIVEN=1\nExecStart=${exec}\n`;
    await put(at(unitFile), old);
    const dropIn = await put(at(`${unitFile}.d/own.conf`), '[Service]\nEnvironment=KEPT=2\n');
    const flags = [...always, '--root', root, '--force', '--env', 'GIVEN=2', '--', 'start', '--rpc.unsafe'];
    const { code, stderr } = await systemd('install', '--dry-run', ...flags);
    t.expect(code).toBe(0);
    t.expect(stderr.trim().split('\n')).toEqual([
      t.expect.stringMatching(
        /^warning: the old palomad\.service gives the node --p2p\.seeds, and the new one does not/,
      ),
      t.expect.stringMatching(/^warning: the old palomad\.service sets PIGEON, and the new one does not/),
      t.expect.stringMatching(/^warning: the node ran as nobody, and will run as daemon/),
      `warning: ${dropIn} changes the new palomad.service, too: see whether that is meant`,
    ]);
    // Our own one says what it says again where it is told the same, and tells what is left away.
    await put(at(unitFile), `# Written by chainvisor systemd install\n${old.replace('nobody', 'daemon')}`);
    const again = await systemd(
      'install',
      '--dry-run',
      ...always,
      '--root',
      root,
      '--env',
      'PIGEON=1',
      '--env',
      'GIVEN=1',
    );
    t.expect(again.stderr).toMatch(
      /^warning: the old palomad\.service gives the node --p2p\.seeds, --rpc\.unsafe, and[^\n]*$/,
    );
  });

  it.skipIf(noSystemd !== undefined)(
    titled('leaves the template to the other nodes where an instance is in the way', noSystemd),
    async (t) => {
      const { root, at, systemd } = await unitRun(t);
      const some = ['--user', 'daemon', '--exec', '/usr/local/bin/chainvisor', '--root', root];
      const template = [...some, '--template'];
      t.expect(await systemd('install', ...template)).toMatchObject({ code: 0, stderr: '' });
      t.expect(await systemd('install', ...template)).toMatchObject({ code: 0, stderr: '' });
      const refused = await systemd('install', ...some);
      t.expect(refused.code).toBe(78);
      const dropIns = at('/etc/systemd/system/chainvisor@palomad.service.d');
      const disable = `systemctl --root=${root} disable chainvisor@palomad.service`;
      t.expect(refused.stderr).toContain(`${disable}, and remove ${dropIns}, but not `);
      await rm(at('/etc/systemd/system/multi-user.target.wants'), { recursive: true });
      await rm(dropIns, { recursive: true });
      t.expect((await systemd('install', ...some)).code).toBe(0);
    },
  );

  it('takes no other name for an image than that of a directory', async (t) => {
    const { root, run, systemd, stager } = await unitRun(t);
    for (const install of [systemd, stager]) {
      for (const name of ['', join(root, 'none'), run.home.infoFile]) {
        const refused = await install('install', ...always, '--root', name, '--dry-run');
        t.expect(refused).toMatchObject({ code: 66, stdout: '' });
        t.expect(refused.stderr).toContain(`the image ${JSON.stringify(name)} is no directory`);
      }
    }
    const named = await systemd('install', ...always, '--root', relative(process.cwd(), root), '--dry-run');
    t.expect(named.stdout).toContain(`would run systemctl --root=${root} enable`);
  });

  it('says how a node is named where sudo has kept its variables away', async (t) => {
    const { root, env, run } = await unitRun(t);
    const install = (...more: readonly string[]) =>
      runProgram(['systemd', 'install', ...always, '--root', root, '--dry-run', ...more], { PATH: env['PATH'] ?? '' });
    const refused = await install();
    t.expect(refused).toMatchObject({ code: 78, stdout: '' });
    t.expect(refused.stderr).toMatch(/DAEMON_HOME and DAEMON_NAME not set\n[^]*sudo -E; or say --home/);
    t.expect((await install('--home', run.home.home)).stderr).toMatch(/: DAEMON_NAME not set\n/);
    t.expect((await install('--home', run.home.home, '--env', 'DAEMON_NAME=palomad')).code).toBe(0);
  });

  it('refuses settings that a run would refuse', async (t) => {
    const { systemd, run } = await unitRun(t);
    await rm(join(run.home.home, 'cosmovisor'), { recursive: true });
    const { code, stderr } = await systemd('install', ...always, '--dry-run');
    t.expect(code).toBe(78);
    t.expect(stderr).toContain('chainvisor init');
  });
});
