import { type FakePlan, waitFor } from '@chainvisor/testkit';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectBackedUp } from '../../src/fake-backups.ts';
import { expectUpgraded } from '../../src/fake-checks.ts';
import { heightOf } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { writeScript } from '../../src/fake-scripts.ts';
import { currentOf, program } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 2 });

/** The guide's commands, word for word but for the directory that stands for /usr/local/bin. */
const directories = `
mkdir -p ~/.paloma/cosmovisor
mkdir ~/.paloma/cosmovisor/genesis
mkdir ~/.paloma/cosmovisor/genesis/bin
mkdir ~/.paloma/cosmovisor/upgrades
`;
const exports = `
cat <<EOT >> ~/.profile

# Setup Cosmovisor
export DAEMON_NAME=palomad
export DAEMON_HOME=$HOME/.paloma
export DAEMON_ALLOW_DOWNLOAD_BINARIES=false
export DAEMON_LOG_BUFFER_SIZE=512
export DAEMON_RESTART_AFTER_UPGRADE=true
export UNSAFE_SKIP_BACKUP=true
EOT

source ~/.profile
`;
const copyCurrent = (local: string) => `
cp ${local}/palomad $DAEMON_HOME/cosmovisor/genesis/bin
`;
const stage = (local: string, tag: string) => `
mkdir -p ~/.paloma/cosmovisor/upgrades/${tag}

wget -O - https://github.com/palomachain/paloma/releases/download/${tag}/paloma_Linux_x86_64.tar.gz  | \\
tar -C ${local} -xvzf - palomad

cp ${local}/palomad $DAEMON_HOME/cosmovisor/upgrades/${tag}
`;

/** A machine with palomad installed and synced, chainvisor in its PATH, and nothing of cosmovisor's. */
interface Machine {
  readonly run: FakeRun;
  /** Stands for /usr/local/bin. */
  readonly local: string;
  /** What a new login has: no variable of the guide's. */
  readonly env: Record<string, string>;
  /** Runs commands in a shell to their end; the first that fails is an error. */
  readonly shell: (commands: string, interpreter?: string) => Promise<void>;
}

async function machine(
  t: TestContext,
  tag: string,
  plans: readonly FakePlan[] = [{ name: tag, height: 10 }],
): Promise<Machine> {
  const run = await fakeRun(t, { profile: '0.50', chain: { plans } });
  const { dir } = run.home;
  const local = join(dir, 'usr/local/bin');
  await run.home.install(join(local, 'palomad'), { profile: '0.50', version: 'v1' });
  await rm(run.at(), { recursive: true });
  await symlink(program, join(local, 'chainvisor'));
  // The release, as GitHub would serve it.
  await run.home.install(join(dir, 'release/palomad'), { profile: '0.50', version: tag, handlers: [tag] });
  await promisify(execFile)('tar', ['-C', join(dir, 'release'), '-czf', join(dir, 'release.tar.gz'), 'palomad']);
  await writeScript(
    join(local, 'wget'),
    `[ "$1 $2" = "-O -" ] && case $3 in */download/${tag}/*.tar.gz) cat "${dir}/release.tar.gz";; *) exit 8;; esac`,
  );
  const env = { HOME: dir, PATH: `${local}:${dirname(process.execPath)}:/usr/bin:/bin` };
  return {
    run,
    local,
    env,
    shell: async (commands, interpreter = 'bash') => {
      await promisify(execFile)(interpreter, ['-euc', commands], { env, cwd: dir });
    },
  };
}

/** `chainvisor run start` as the last command of a shell. */
function runStart(t: TestContext, { run, env }: Machine, before: string) {
  const shell = spawn('bash', ['-euc', `${before}\nexec chainvisor run start`], {
    env,
    cwd: run.home.dir,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const seen = { log: '' };
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (seen.log += text));
  const ended = once(shell, 'close');
  t.onTestFinished(async () => {
    if (shell.exitCode === null && shell.signalCode === null) shell.kill('SIGKILL');
    await run.home.kill();
    await ended;
  });
  return {
    log: () => seen.log,
    saw: (text: string) => waitFor(`"${text}"`, () => seen.log.includes(text), { timeout: 90_000 }),
    stop: async () => {
      shell.kill('SIGTERM');
      return (await ended)[0] as number | null;
    },
  };
}

const login = 'source ~/.profile';

describe.concurrent('the guide, pasted', () => {
  it.for(['v2', 'v2.4.11', 'v2.0.0-rc.1'])('leads through the upgrade %s', async (tag, t) => {
    const all = await machine(t, tag, []);
    const { run, local } = all;
    await all.shell(directories, 'sh');
    await all.shell(exports + copyCurrent(local));
    const first = runStart(t, all, login);
    await run.reached(2);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    await all.shell(login + stage(local, tag));
    const plan = { name: tag, height: (await heightOf(run)) + 20 };
    await run.home.schedule(plan);
    await first.saw('upgrade verified');
    await run.reached(plan.height + 1);
    t.expect(await first.stop()).toBe(0);
    t.expect(first.log()).toContain('the binary lay beside bin/ and was moved in');
    // As the guide draws it.
    t.expect(await currentOf(run.home.home)).toBe(`upgrades/${tag}`);
    for (const path of ['genesis/bin/palomad', `upgrades/${tag}/bin/palomad`, `upgrades/${tag}/upgrade-info.json`]) {
      t.expect((await stat(run.at(path))).isFile()).toBe(true);
    }
    await expectUpgraded(t.expect, { ...run, log: first.log }, [plan]);

    // After a reboot, in a new shell.
    const second = runStart(t, all, login);
    await run.worked(3);
    t.expect(await second.stop()).toBe(0);
    t.expect(await currentOf(run.home.home)).toBe(`upgrades/${tag}`);
  });

  it('in one go, the upgrade staged before the first start, is warned of the binary without bin/', async (t) => {
    const all = await machine(t, 'v2');
    const { run, local } = all;
    const commands = directories + exports + copyCurrent(local) + stage(local, 'v2');
    const supervisor = runStart(t, all, commands);
    await supervisor.saw(
      'WRN a staged binary lies beside bin/: it will be moved in when its upgrade is due upgrade=v2',
    );
    await supervisor.saw('upgrade verified');
    await run.reached(11);
    t.expect(await supervisor.stop()).toBe(0);
    await expectUpgraded(t.expect, { ...run, log: supervisor.log }, [{ name: 'v2', height: 10 }]);
  });

  it('works without UNSAFE_SKIP_BACKUP too: the data is backed up before the switch', async (t) => {
    const all = await machine(t, 'v2');
    const { run, local } = all;
    const backedUp = exports.replace('export UNSAFE_SKIP_BACKUP=true\n', '');
    await all.shell(directories, 'sh');
    const supervisor = runStart(t, all, backedUp + copyCurrent(local) + stage(local, 'v2'));
    await supervisor.saw('INF backed up');
    await supervisor.saw('upgrade verified');
    await run.reached(11);
    t.expect(await supervisor.stop()).toBe(0);
    await expectUpgraded(t.expect, { ...run, log: supervisor.log }, [{ name: 'v2', height: 10 }]);
    await expectBackedUp(t.expect, run, [{ name: 'v2', height: 10 }]);
  });

  it("under the guide's systemd unit, which reads no ~/.profile, says so", async (t) => {
    const all = await machine(t, 'v2');
    await all.shell(directories, 'sh');
    await all.shell(exports + copyCurrent(all.local));
    const supervisor = runStart(t, all, ':');
    await supervisor.saw('DAEMON_HOME is not set');
    t.expect(await supervisor.stop()).toBe(78);
    t.expect(supervisor.log()).toContain('systemd reads no ~/.profile: use Environment=DAEMON_HOME=');
  });

  it('with a binary that lost its execute bit on the way names it, and goes on once it is mended', async (t) => {
    const all = await machine(t, 'v2');
    const { run, local } = all;
    await all.shell(directories + exports + copyCurrent(local) + stage(local, 'v2'));
    await chmod(run.at('upgrades/v2/palomad'), 0o644);
    const first = runStart(t, all, login);
    await first.saw('run chmod +x');
    await first.saw('Error: upgrade "v2" at height 10');
    t.expect(await first.stop()).toBe(68);
    await all.shell(`${login}\nchmod +x $DAEMON_HOME/cosmovisor/upgrades/v2/palomad`);
    const second = runStart(t, all, login);
    await second.saw('upgrade verified');
    await run.reached(11);
    t.expect(await second.stop()).toBe(0);
    const log = () => first.log() + second.log();
    await expectUpgraded(t.expect, { ...run, log }, [{ name: 'v2', height: 10 }]);
  });
});
