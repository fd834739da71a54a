import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';

import { beforeEach, describe, expect, it } from 'vitest';

import { failureOf, useHome } from './helpers/home.js';
import { env, fixturePath, isAlive, useSandbox } from './helpers/sandbox.js';

const box = useSandbox();
const home = useHome(box);
const LONG = 60_000;
const NOBODY = 65534;
const fixture = (name: string, ...script: string[]) => [
  process.execPath,
  fixturePath('supervisor.js'),
  name,
  ...script,
];

describe.skipIf(process.getuid?.() !== 0)('another user (as root, who can become one)', () => {
  beforeEach(() => {
    chmodSync(box.dir, 0o755);
    // Where the fixture can say what came of it.
    mkdirSync(box.path('out'));
    chownSync(box.path('out'), NOBODY, NOBODY);
  });

  const nobody = (name: string, ...script: string[]) =>
    box.start({
      file: '/usr/bin/setpriv',
      args: [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', ...fixture(name, ...script)],
      cwd: box.dir,
      env,
    });

  it('takes a home whose lock files it may only read, without a record', async () => {
    (await home.take()).release();
    const supervisor = await nobody('out/one');
    expect(await home.said('out/one')).toMatchObject({
      taken: true,
      warnings: [expect.stringMatching(/^cannot put this supervisor on record in .*EACCES/)],
    });
    expect(await failureOf(home.take())).toMatchObject({
      code: 'RUNNER_HOME_LOCKED',
      message: expect.stringContaining(`process ${supervisor.pid} (`) as string,
    });
  });

  it('is told by the record of a supervisor that it may not look into', async () => {
    await home.take();
    await nobody('out/one');
    const { code, message } = await home.said('out/one');
    expect(code).toBe('RUNNER_HOME_LOCKED');
    expect(message).toContain(`locked by process ${process.pid} (this test, since `);
  });

  it('is refused a lock file that it may not open, instead of going without', async () => {
    (await home.take()).release();
    chmodSync(home.file('supervisor.lock'), 0o600);
    await nobody('out/one');
    const { code, message, hint } = await home.said('out/one');
    expect(code).toBe('RUNNER_LOCK_DENIED');
    expect(message).toMatch(/supervisor\.lock cannot be opened by user nobody \(65534\) \(EACCES\)/);
    expect(hint).toContain('chown');
  });

  it('locks the directories where the files are missing and cannot be made', async () => {
    await nobody('out/one', 'echo $$ >out/pid; exec sleep 600');
    const said = await home.said('out/one');
    expect(said.taken).toBe(true);
    expect(said.warnings).toContainEqual(expect.stringMatching(/^cannot create the lock .*supervisor\.lock .*EACCES/));
    expect(said.warnings).toContainEqual(expect.stringContaining(`locking the directory . itself instead`));
    home.straggler(said.child);
    await nobody('out/two');
    const { code, message } = await home.said('out/two');
    expect(code).toBe('RUNNER_HOME_LOCKED');
    expect(message).toContain(`cosmovisor is locked by process ${said.pid} (`);

    // Whoever can make the files by now is refused all the same, and finds what that one has left.
    expect(await failureOf(home.take())).toMatchObject({ code: 'RUNNER_HOME_LOCKED' });
    process.kill(said.pid, 'SIGKILL');
    const lock = await home.take();
    expect(existsSync(home.file('supervisor.lock'))).toBe(true);
    expect(isAlive(said.child)).toBe(true);
    await lock.clear({ grace: LONG });
    expect(isAlive(said.child)).toBe(false);
  });

  it('is told of what it may not end, with nothing done to it', async () => {
    const { child } = await home.orphan('exec sleep 600');
    await nobody('out/one');
    const { code, message } = await home.said('out/one');
    expect(code).toBe('RUNNER_HOME_HELD');
    expect(message).toContain(`process ${child} (sleep 600, since `);
    expect(message).toContain('runs as another user');
    expect(isAlive(child)).toBe(true);
  });
});

describe('where neither file nor directory is there to be locked, a home', () => {
  it('is refused', async () => {
    writeFileSync(box.path('file'), '');
    const { takeHomeLock } = await import('../src/index.js');
    const failure = await failureOf(
      takeHomeLock({
        dir: box.path('file/own'),
        directories: { supervisor: box.path('missing'), children: box.path('missing') },
        command: 'x',
        env,
        onWarning: () => undefined,
      }),
    );
    expect(failure.code).toBe('RUNNER_LOCK_DENIED');
    expect(failure.message).toContain(box.path('file/own'));
  });
});

const canUnshare = spawnSync('unshare', ['-Urpf', '--mount-proc', 'true'], { env }).status === 0;

describe.skipIf(!canUnshare)('another PID namespace (where we may make one)', () => {
  const inside = (args: readonly string[]) =>
    box.start({
      file: '/usr/bin/unshare',
      args: ['-Urpf', '--kill-child', '--mount-proc', ...args],
      cwd: box.dir,
      env,
    });

  it('is refused a home with the right words where the supervisor cannot be seen from there', async () => {
    await home.take();
    await inside(fixture('one'));
    const { code, message } = await home.said('one');
    expect(code).toBe('RUNNER_HOME_LOCKED');
    expect(message).toContain('another container, PID namespace or host');
    expect(message).toContain(`last on record: process ${process.pid} (this test, since `);
  });

  it('keeps a home from whoever is outside', async () => {
    await inside(fixture('one'));
    expect(await home.said('one')).toMatchObject({ taken: true, warnings: [] });
    const failure = await failureOf(home.take());
    expect(failure.code).toBe('RUNNER_HOME_LOCKED');
    expect(failure.message).toMatch(/is locked by process \d+ \(.*supervisor\.js one/);
  });

  it('shares a home with exactly one supervisor, wherever that is', async () => {
    const names = ['1', '2', '3', '4', '5', '6'];
    await Promise.all(names.map((name, index) => (index % 2 ? home.supervisor(name) : inside(fixture(name)))));
    const said = await Promise.all(names.map((name) => home.said(name)));
    expect(said.filter(({ taken }) => taken)).toHaveLength(1);
    expect(said.filter(({ code }) => code === 'RUNNER_HOME_LOCKED')).toHaveLength(5);
  });

  it('does not start beside what a supervisor outside has left, which it cannot see', async () => {
    const { child } = await home.orphan('exec sleep 600');
    await inside(fixture('one'));
    const { code, message } = await home.said('one');
    expect(code).toBe('RUNNER_HOME_HELD');
    expect(message).toContain('another container, PID namespace or host');
    expect(message).toContain(`last on record: process ${child} (exec sleep 600, since `);
    expect(isAlive(child)).toBe(true);
  });

  it('finds there what a supervisor that was killed there has left, although nothing tells who took the lock', async () => {
    const script = [
      '"$@" first "exec sleep 600" & until test -e first; do sleep 0.01; done; kill -9 $!',
      // Without a record either.
      'rm cosmovisor/.chainvisor/started.json',
      'child=$(sed "s/.*child\\":\\([0-9]*\\).*/\\1/" first); kill -0 $child && echo "alive $child" >before',
      '"$@" second & until test -e second; do sleep 0.01; done',
      'read -r state 2>/dev/null </proc/$child/stat && case $state in *") Z "*) state=; esac; echo "${state:-dead}" >after; wait',
    ].join('\n');
    await inside(['/bin/sh', '-c', script, 'sh', process.execPath, fixturePath('supervisor.js')]);
    expect(await box.said('before')).toMatch(/^alive \d+$/);
    expect(await home.said('second')).toMatchObject({ taken: true, warnings: [] });
    expect(await box.said('after')).toBe('dead');
  });
});
