import { bundlePath, type FakeBinary, installFakeNode, testDir, waitFor } from '@chainvisor/testkit';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

import { stagerProgram } from '../stager.ts';
import { program } from '../supervisor.ts';

/** The user who runs nodes there. */
export const paloma = { uid: 4242, gid: 4242 };

/**
 * A machine with a real systemd as PID 1, in namespaces of its own: what is installed and started there is nobody else's,
 * and gone with the test. `/home` and `/opt` are its own, chainvisor and chainvisor-stager are installed under `/opt` as npm
 * does it, the network is ours.
 */
export interface Machine {
  /** Where we find what has this path under its `/home` or `/opt`. */
  readonly outside: (path: string) => string;
  /** Runs a shell script there, as root with the PATH of a login. Never rejects for how it ends. */
  readonly sh: (script: string) => Promise<{ code: number; stdout: string; stderr: string }>;
  /** Writes a fake node at a path of the machine, its home being another. */
  readonly writeNode: (path: string, home: string, binary: FakeBinary) => Promise<void>;
  /** The properties of a unit, by their names. */
  readonly show: (unit: string, ...properties: readonly string[]) => Promise<Record<string, string>>;
  /** What all its services have printed. */
  readonly log: () => Promise<string>;
}

const boot = fileURLToPath(new URL('boot.sh', import.meta.url));
const flags = ['--pid', '--fork', '--mount', '--uts', '--ipc', '--cgroup', '--mount-proc', '--kill-child'];
const systemd = '/usr/lib/systemd/systemd';

/** What `boot.sh` needs to be able to mount. */
const mounts = `mount -t cgroup2 none /sys/fs/cgroup
dir=$(mktemp -d)
trap 'umount /etc || true; rm -rf "$dir"' EXIT
mkdir "$dir/etc" "$dir/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$dir/etc,workdir=$dir/work" /etc`;

/** Why no such machine can be had here; undefined where one can. */
export function machineRefused(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, for a systemd of its own';
  if (!existsSync(systemd)) return 'needs systemd';
  try {
    execFileSync('unshare', [...flags, 'sh', '-ec', mounts], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'needs namespaces, control groups and overlays';
  }
}

/** Boots one, and waits until its systemd answers. */
export async function bootMachine(t: TestContext): Promise<Machine> {
  const dir = await testDir();
  const outside = (path: string) => join(dir, path);
  await furnish(dir);
  const own = spawn('unshare', [...flags, 'bash', boot, dir, process.execPath], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [own.stdout, own.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => own.once('close', () => resolve()));
  const log = () => readFile(outside('/home/log'), 'utf8').catch(() => '');
  t.onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(`=== ${task.name}\n${said}\n--- services\n${await log()}`);
    // With its death, systemd's, all its processes are killed.
    own.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  const pid = await waitFor('the PID 1 of the machine', () => childOf(own.pid ?? 0), { timeout: 60_000 });
  const sh: Machine['sh'] = (script) =>
    new Promise((resolve) => {
      const command = ['-t', String(pid), '-a', '--', 'env', '-i', `PATH=${PATH}`, 'HOME=/root', 'sh', '-c', script];
      execFile('nsenter', command, { cwd: '/', maxBuffer: 1e8 }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr }),
      );
    });
  await waitFor('systemd', async () => /^(running|degraded)/.test((await sh('systemctl is-system-running')).stdout), {
    timeout: 90_000,
  });
  return {
    outside,
    sh,
    log,
    writeNode: (path, home, binary) => installInside(outside(path), { defaultHome: home, ...binary }),
    show: async (unit, ...properties) => {
      const { stdout } = await sh(`systemctl show ${unit} -p ${properties.join(',')}`);
      const lines = stdout.trim().split('\n');
      return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
    },
  };
}

const PATH = '/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What stands on the machine's disk: a Node, our two programs as npm installs them, and what fake nodes are made of. */
async function furnish(dir: string): Promise<void> {
  for (const made of ['etc', 'work', 'home/paloma', 'opt/bin', 'opt/testkit'])
    await mkdir(join(dir, made), { recursive: true });
  await writeFile(join(dir, 'opt/node'), '');
  await symlink('/opt/node', join(dir, 'opt/bin/node'));
  await copyFile(bundlePath(), join(dir, 'opt/testkit/fake-node.cjs'));
  for (const [name, file] of [
    ['chainvisor', program],
    ['chainvisor-stager', stagerProgram],
  ] as const) {
    const home = join('opt/lib/node_modules', name);
    await mkdir(join(dir, home, 'dist'), { recursive: true });
    await copyFile(file, join(dir, home, 'dist/main.js'));
    await cp(join(dirname(dirname(file)), 'package.json'), join(dir, home, 'package.json'));
    await symlink(`/${home}/dist/main.js`, join(dir, 'opt/bin', name));
  }
}

/** As `installFakeNode`, for a machine that sees neither this Node nor this checkout. */
async function installInside(path: string, binary: FakeBinary): Promise<void> {
  await installFakeNode(path, binary);
  const text = await readFile(path, 'utf8');
  const inside = text
    .replace(`#!${process.execPath}`, '#!/opt/node')
    .replaceAll(bundlePath(), '/opt/testkit/fake-node.cjs');
  await writeFile(path, inside);
}

function childOf(pid: number): number | undefined {
  try {
    const text = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
    return Number(text.split('\n')[0]);
  } catch {
    return undefined;
  }
}
