import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { fillData, withBackup } from '../../src/fake-backups.ts';
import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import {
  environmentOf,
  listen,
  type Listener,
  notifyRefused,
  serviceVariable,
  tellersAt,
  type Told,
} from '../../src/fake-notify.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { runProgram, type Supervisor } from '../../src/supervisor.ts';
import { startWithFault } from '../../src/fake-phases.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 3 });

const v2 = { name: 'v2', height: 5 };
const refused = notifyRefused();
const title = (text: string) => titled(text, refused);
const extension = '120000000';

const statuses = (told: readonly Told[]) => told.flatMap(({ set }) => set['STATUS'] ?? []);

/** Checks what holds for every run: its end is its last word, READY is said once and of a node that lives, nobody tells on. */
async function expectOrder(t: TestContext, run: FakeRun, listener: Listener, supervisor: Supervisor): Promise<void> {
  const told = await listener.all();
  t.expect(tellersAt(listener.env['NOTIFY_SOCKET'] ?? '', supervisor.pid)).toEqual([]);
  const [ready, ...more] = told.filter(({ set }) => 'READY' in set);
  t.expect(more).toEqual([]);
  const [first] = livesOf(await run.home.events());
  t.expect(ready?.nodes).toContain(first?.pid);
  // Not where the node was then: what was sent before its start may arrive after it.
  for (const { set } of told.slice(
    0,
    told.findIndex((one) => one === ready),
  )) {
    t.expect(set).toMatchObject({ EXTEND_TIMEOUT_USEC: extension });
  }
  t.expect(told.filter(({ set }) => 'STOPPING' in set)).toHaveLength(1);
  t.expect(told.at(-1)?.set['STATUS']).toMatch(/: this is the node's own end$/);
}

describe.skipIf(refused !== undefined).concurrent(title('what systemd is told'), () => {
  it('of a start and of the operator’s stop', async (t) => {
    const run = await fakeRun(t, { chain: { shutdown: 300 } });
    const listener = await listen(t, run);
    const supervisor = run.start(listener.env);
    await run.reached(3);
    await listener.status(/^running genesis/);
    await expectCleanStop(t.expect, run, supervisor);
    await expectOrder(t, run, listener, supervisor);
    const told = listener.told();
    t.expect(told[0]?.set).toEqual({ STATUS: 'starting', EXTEND_TIMEOUT_USEC: extension });
    const stopping = told.find(({ set }) => 'STOPPING' in set);
    t.expect(stopping?.set).toEqual({ STOPPING: '1', STATUS: 'stopping by SIGTERM' });
    t.expect(told.filter(({ set }) => 'EXTEND_TIMEOUT_USEC' in set && set['STATUS'] !== 'starting')).toEqual([]);
  });

  it('at an abstract socket', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const listener = await listen(t, run, 'abstract');
    const supervisor = run.start(listener.env);
    await run.reached(3);
    await listener.status(/^running genesis/);
    await expectCleanStop(t.expect, run, supervisor);
    await expectOrder(t, run, listener, supervisor);
  });

  it('of an upgrade, with its backup, script and pre-upgrade', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 100, migration: { time: 500 } } });
    await run.stage('v2', { preUpgrade: 0, preUpgradeTime: 500 });
    await fillData(run, 1000, 1000);
    const listener = await listen(t, run);
    await writeScript(
      run.at('pre.sh'),
      `until grep -q 'running the custom script' '${listener.file}'; do sleep 0.05; done`,
    );
    const supervisor = run.start({
      ...withBackup,
      ...listener.env,
      COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh',
      DAEMON_RESTART_DELAY: '1s',
    });
    await listener.status(/^running upgrades\/v2, height/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    await expectOrder(t, run, listener, supervisor);
    const told = statuses(listener.told());
    const order = [
      /^running genesis/,
      /^upgrade "v2" at height 5: step 3 of 10, waiting as DAEMON_RESTART_DELAY says$/,
      /^upgrade "v2" at height 5: step 5 of 10, backing up$/,
      /^upgrade "v2" at height 5: step 6 of 10, running the custom script$/,
      /^upgrade "v2" at height 5: step 7 of 10, running pre-upgrade of the new binary$/,
      /^migrating: upgrade "v2" at height 5 is switched, not verified yet/,
      /^running upgrades\/v2, height \d+$/,
      /^stopping by SIGTERM$/,
      /^palomad exited with code 0: this is the node's own end$/,
    ];
    const places = order.map((pattern) => told.findIndex((status) => pattern.test(status)));
    t.expect(places).not.toContain(-1);
    t.expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('of a start that has to back up and to upgrade first: each message asks for time until the node runs', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    await fillData(run, 1000, 1000);
    await startWithFault(run, { point: 'backing-up', action: 'kill' }, withBackup).supervisor.ended;
    const listener = await listen(t, run);
    const supervisor = run.start({ ...withBackup, ...listener.env });
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await listener.status(/^running upgrades\/v2/);
    await expectCleanStop(t.expect, run, supervisor);
    const told = await listener.all();
    const ready = told.findIndex(({ set }) => 'READY' in set);
    const before = told.slice(0, ready);
    t.expect(statuses(before)).toContain('upgrade "v2" at height 5: step 5 of 10, backing up');
    for (const { set } of before) t.expect(set).toMatchObject({ EXTEND_TIMEOUT_USEC: extension });
    for (const { set } of told.slice(ready)) t.expect(set).not.toHaveProperty('EXTEND_TIMEOUT_USEC');
    t.expect(told[ready]?.nodes).toContain(livesOf(await run.home.events()).at(-1)?.pid);
  });

  it('of a stop amid a migration: it is given more time, and why', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], migration: { time: 4000 } } });
    await run.stage('v2');
    const listener = await listen(t, run);
    const supervisor = run.start(listener.env);
    await run.event('the migration', ({ event }) => event === 'migrating');
    await listener.status(/^migrating: /);
    supervisor.kill('SIGTERM');
    const { set } = await listener.status(/^stopping by SIGTERM: upgrade "v2" at height 5 is not verified yet/);
    t.expect(set).toMatchObject({ STOPPING: '1', EXTEND_TIMEOUT_USEC: extension });
    await supervisor.ended;
    await expectOrder(t, run, listener, supervisor);
  });

  it('of an end for want of a binary: the error', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const listener = await listen(t, run);
    const supervisor = run.start(listener.env);
    t.expect(await supervisor.ended).toEqual({ code: 68, signal: null });
    const told = await listener.all();
    t.expect(told.filter(({ set }) => 'STOPPING' in set)).toHaveLength(1);
    t.expect(told.at(-1)?.set['STATUS']).toMatch(/^upgrade "v2" at height 5/);
  });

  it('of a node that cannot be executed: not that it is ready', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const listener = await listen(t, run);
    // As long as Linux lets a variable be: with the genesis' own lib/ in front of it, it is too long for the node alone.
    await mkdir(run.at('genesis/lib'));
    const longest = 32 * 4096 - 'LD_LIBRARY_PATH=/\0'.length;
    const supervisor = run.start({ ...listener.env, LD_LIBRARY_PATH: `/${'x'.repeat(longest)}` });
    t.expect(await supervisor.ended).toEqual({ code: 67, signal: null });
    const told = await listener.all();
    t.expect(told.filter(({ set }) => 'READY' in set)).toEqual([]);
    t.expect(told.at(-1)?.set['STATUS']).toMatch(/palomad.*E2BIG/);
  });

  it('is told whole before our own end, however long that takes', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const listener = await listen(t, run);
    const bin = join(run.home.dir, 'slow');
    const real = execFileSync('sh', ['-c', 'command -v systemd-notify'], { encoding: 'utf8' }).trim();
    await writeScript(join(bin, 'systemd-notify'), `sleep 1\nexec '${real}' "$@"`);
    const supervisor = run.start({ ...listener.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` });
    await listener.status(/^running genesis/);
    supervisor.kill('SIGTERM');
    t.expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    t.expect(tellersAt(listener.env['NOTIFY_SOCKET'] ?? '', supervisor.pid)).toEqual([]);
    t.expect(statuses(await listener.all()).slice(-1)).toEqual([
      "palomad exited with code 0: this is the node's own end",
    ]);
  });

  it('by a command that is passed through: nothing', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const listener = await listen(t, run);
    const env = run.home.env({ ...listener.env, WATCHDOG_USEC: '1', LISTEN_FDS: '1' });
    const trace = join(run.home.dir, 'trace');
    await writeFile(run.home.genesisBinary, `#!/bin/sh\nenv >> '${trace}'\necho '{}'\n`);
    for (const args of [
      ['run', 'version'],
      ['version', '--output', 'json'],
    ]) {
      t.expect(await runProgram(args, env, run.home.dir)).toMatchObject({ code: 0 });
    }
    const lines = await readLines(trace);
    t.expect(lines.filter((line) => line === 'DAEMON_NAME=palomad')).toHaveLength(2);
    t.expect(lines.filter((line) => serviceVariable.test(line))).toEqual([]);
    t.expect(await listener.all()).toEqual([]);
  });
});

describe.skipIf(refused !== undefined).concurrent(title('systemd’s word to its service'), () => {
  it('reaches neither node, script nor pre-upgrade', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const binary = await run.stage('v2');
    await rename(binary, `${binary}.real`);
    const traces = ['script', 'pre-upgrade'].map((name) => join(run.home.dir, name));
    const [script = '', preUpgrade = ''] = traces;
    await writeFile(
      binary,
      `#!/bin/sh\n[ "$1" != pre-upgrade ] || { env > '${preUpgrade}'; exit 0; }\nexec "$0.real" "$@"\n`,
    );
    await chmod(binary, 0o755);
    await writeScript(run.at('pre.sh'), `env > '${script}'`);
    const listener = await listen(t, run);
    const supervisor = run.start({
      ...listener.env,
      COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh',
      WATCHDOG_USEC: '0',
      WATCHDOG_PID: '1',
      LISTEN_PID: '1',
      LISTEN_FDS: '1',
      LISTEN_FDNAMES: 'a',
    });
    const { pid: first } = await run.reached(2);
    t.expect(environmentOf(first)).toContain('DAEMON_NAME=palomad');
    t.expect(environmentOf(first).filter((variable) => serviceVariable.test(variable))).toEqual([]);
    await supervisor.saw(/upgrade verified/);
    const { pid } = await run.reached(6);
    t.expect(environmentOf(pid).filter((variable) => serviceVariable.test(variable))).toEqual([]);
    for (const trace of traces) {
      const lines = (await readFile(trace, 'utf8')).split('\n');
      t.expect(lines).toContain('DAEMON_NAME=palomad');
      t.expect(lines.filter((line) => serviceVariable.test(line))).toEqual([]);
    }
    await expectCleanStop(t.expect, run, supervisor);
    await expectOrder(t, run, listener, supervisor);
  });
});
