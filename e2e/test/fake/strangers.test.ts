import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { blocksLater } from '../../src/fake-info.ts';
import { type FakeRun, fakeRun, release } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { appeared, expectNeverTwo, expectRefused, signalsOf } from '../../src/home-checks.ts';
import { watchRun } from '../../src/kill.ts';
import { startStranger, type Stranger } from '../../src/stranger.ts';
import { currentOf, program, runProgram } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };
const far = { ...v2, height: 40 };

/** A node that somebody runs by hand. */
function byHand(t: TestContext, { home }: FakeRun, binary: string): Stranger {
  return startStranger(t, [binary, 'start', '--home', home.home], { env: home.env(), cwd: home.dir });
}

/** Ends a process of a test's own, and checks how it ended. */
async function stop(t: TestContext, stranger: Stranger): Promise<void> {
  stranger.kill('SIGTERM');
  t.expect(await stranger.ended).toEqual({ code: 0, signal: null });
}

/** A binary whose `export` works until `release` is there, writes down every signal it sees, and then ends with code 7. */
async function installExporter(run: FakeRun): Promise<{ trace: string; release: string; real: string }> {
  const [trace, free, real] = ['trace', 'free', join('real', 'palomad')].map((name) => join(run.home.dir, name));
  if (trace === undefined || free === undefined || real === undefined) throw new Error('unreachable');
  await run.home.install(real, release(run.profile, 'v1'));
  await writeScript(
    run.home.genesisBinary,
    `[ "$1" = export ] || exec "${real}" "$@"
    for signal in TERM INT HUP QUIT USR1 USR2; do trap "echo $signal >> '${trace}'" $signal; done
    echo begun >> "${trace}"
    until [ -e "${free}" ]; do sleep 0.05; done
    echo done >> "${trace}"
    exit 7`,
  );
  return { trace, release: free, real };
}

describe.concurrent('a node that somebody runs by hand', () => {
  it('is named at the start, never ended, and not blocked by us', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const watch = await watchRun(t, run);
    const stranger = byHand(t, run, run.home.genesisBinary);
    await run.worked(1);
    for (let round = 0; round < 2; round += 1) {
      await expectRefused(t.expect, run.start(), [
        `the databases of this home are in use by process ${stranger.pid}, which is not on record as started by chainvisor`,
        `${run.home.genesisBinary} start --home ${run.home.home} holds `,
      ]);
    }
    await blocksLater(run, 3);
    t.expect(stranger.end()).toBeUndefined();
    t.expect(only(await run.home.events(), 'signal')).toEqual([]);

    await stop(t, stranger);
    const supervisor = run.start();
    await run.worked(2);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, []);
    await expectNeverTwo(t.expect, run, watch);
  });

  it('is no better where it has halted at the height: the upgrade waits for its end', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const watch = await watchRun(t, run);
    const stranger = byHand(t, run, run.home.genesisBinary);
    await run.event('the halt', ({ event }) => event === 'halt');
    const first = run.start();
    await expectRefused(t.expect, first, [`in use by process ${stranger.pid}`]);
    t.expect(stranger.end()).toBeUndefined();
    t.expect(only(await run.home.events(), 'signal')).toEqual([]);

    await stop(t, stranger);
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
    await expectNeverTwo(t.expect, run, watch);
  });

  it('between the end of the old node and the start of the new one is named, and the next start goes on', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const binary = await run.stage('v2');
    const watch = await watchRun(t, run);
    const [begun, go] = [join(run.home.dir, 'begun'), join(run.home.dir, 'go')];
    await writeScript(run.at('pre.sh'), `echo > "${begun}"\nuntil [ -e "${go}" ]; do sleep 0.05; done`);
    const first = run.start({ COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' });
    await appeared(begun);
    const stranger = byHand(t, run, binary);
    await run.worked(2);
    await writeFile(go, '');
    await expectRefused(t.expect, first, [`in use by process ${stranger.pid}`, `${binary} start`]);
    await blocksLater(run, 3);
    t.expect(signalsOf(await run.home.events(), stranger.pid)).toEqual([]);

    await stop(t, stranger);
    const second = run.start({ COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' });
    await second.saw(/upgrade verified/);
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
    await expectNeverTwo(t.expect, run, watch);
  });
});

describe.concurrent('a command that has a database of the node open', () => {
  /** SQLite takes the lock as pebble and rocksdb do, flock(1) as LevelDB does. */
  const posix = `const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(process.argv[1]);
    database.exec('BEGIN EXCLUSIVE');
    console.log('locked');
    setTimeout(() => database.close(), 600_000);`;

  it.for([
    { title: 'by fcntl', command: (file: string) => [process.execPath, '-e', posix, file] },
    { title: 'by flock', command: (file: string) => ['flock', '-F', file, 'sh', '-c', 'echo locked; exec sleep 600'] },
  ])('$title, as `palomad export` does, is waited out by the operator, not ended by us', async ({ command }, t) => {
    const run = await fakeRun(t, { chain: { plans: [far] } });
    await run.stage('v2');
    const first = run.start();
    await run.reached(2);
    await expectCleanStop(t.expect, run, first);
    const file = join(run.home.home, 'data/application.db/LOCK');
    const stranger = startStranger(t, command(file));
    await t.expect.poll(() => stranger.log(), { timeout: 30_000 }).toMatch(/locked/);
    await expectRefused(t.expect, run.start(), [`in use by process ${stranger.pid}, which is not on record`, file]);
    t.expect(stranger.end()).toBeUndefined();
    t.expect(livesOf(await run.home.events())).toHaveLength(1);

    stranger.kill('SIGTERM');
    await stranger.ended;
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(41);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [far]);
  });
});

describe.concurrent('commands of the binary beside a supervised node', () => {
  it('live through an upgrade, by hand and as `run export`: no signal, their own codes', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far] } });
    await run.stage('v2');
    const { trace, release: free, real } = await installExporter(run);
    const supervisor = run.start();
    await run.reached(1);
    const env = { env: run.home.env(), cwd: run.home.dir };
    const hand = startStranger(t, [run.at('current/bin/palomad'), 'export'], env);
    const through = startStranger(t, [process.execPath, program, 'run', 'export'], env);
    await t.expect.poll(() => readLines(trace), { timeout: 30_000 }).toEqual(['begun', 'begun']);
    await supervisor.saw(/upgrade verified/);
    await run.reached(41);
    t.expect([hand.end(), through.end()]).toEqual([undefined, undefined]);
    t.expect(await readLines(trace)).toEqual(['begun', 'begun']);
    await writeFile(free, '');
    t.expect(await Promise.all([hand.ended, through.ended])).toEqual([
      { code: 7, signal: null },
      { code: 7, signal: null },
    ]);
    t.expect(await readLines(trace)).toEqual(['begun', 'begun', 'done', 'done']);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(livesOf(await run.home.events())[0]?.path).toBe(real);
  });

  it('run again and again at the same time do not disturb an upgrade, nor it them', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far] } });
    await run.stage('v2');
    const supervisor = run.start();
    await run.reached(1);
    const said: string[] = [];
    let over = false;
    const ask = async (args: readonly string[]) => {
      // Once more when it is over.
      for (let last = false; !last;) {
        last = over;
        const { code, stdout, stderr } = await runProgram(['run', ...args], run.home.env(), run.home.dir);
        said.push(`${args[0] ?? ''} ${code ?? '?'} ${args[0] === 'version' ? stdout : stderr.split('\n')[0]}`);
      }
    };
    const asking = Promise.all([ask(['version']), ask(['version']), ask(['export'])]);
    await supervisor.saw(/upgrade verified/).finally(() => (over = true));
    await asking;
    await run.reached(41);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [far]);
    t.expect([...new Set(said)].toSorted()).toEqual([
      'export 1 Error: unknown command "export" for "palomad"',
      'version 0 v1',
      'version 0 v2',
    ]);
  });
});

describe.concurrent('a process that has our lock files', () => {
  const names = ['.chainvisor/lock', '.chainvisor/supervisor.lock'];

  it('merely open, as an editor or a backup has, is left alone and blocks nothing', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [far] } });
    await run.stage('v2');
    const first = run.start();
    await run.reached(1);
    await expectCleanStop(t.expect, run, first);
    const open = [...names.map((name) => run.at(name)), run.at(), run.home.home];
    const reader = startStranger(t, ['sleep', '600'], { open });
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(41);
    t.expect(reader.end()).toBeUndefined();
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [far]);
    t.expect(second.log()).not.toMatch(/earlier start/);
    t.expect(reader.end()).toBeUndefined();
  });

  it.for(names)('and a lock on it is named, never ended: %s', async (name, t) => {
    const run = await fakeRun(t, { chain: {} });
    const first = run.start();
    await run.reached(1);
    await expectCleanStop(t.expect, run, first);
    const holder = startStranger(t, ['flock', '-F', run.at(name), 'sh', '-c', 'echo locked; exec sleep 600']);
    await t.expect.poll(() => holder.log(), { timeout: 30_000 }).toMatch(/locked/);
    await expectRefused(t.expect, run.start(), [`${run.at(name)} is locked by process ${holder.pid} (`]);
    t.expect(holder.end()).toBeUndefined();
    t.expect(await currentOf(run.home.home)).toBe('genesis');
  });
});
