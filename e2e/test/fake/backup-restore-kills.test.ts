import { choicePoints, killTimes } from '@chainvisor/testkit';
import { randomInt } from 'node:crypto';
import { existsSync, watch } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext, vi } from 'vitest';

import { backup, backupWith, besides, failedUpgrade, inData, named } from '../../src/fake-backup-commands.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import type { FakeRun } from '../../src/fake-run.ts';
import { currentOf, faultsProgram, runProgram, startSupervisor, type Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const record = '.data.restore.json';
/** In the data that a restore replaces, and in no backup. */
const marker = 'marker';

const restoring = ({ home }: FakeRun, name: string, env = {}, file?: string): Supervisor =>
  startSupervisor(['backup', 'restore', name, '--yes'], home.env(env), home.dir, file);

/** A home with a failed upgrade, whose data of now can be told from that of the backup. */
async function marked(t: TestContext): Promise<{ run: FakeRun; name: string }> {
  const { run, name } = await failedUpgrade(t);
  await writeFile(inData(run, marker), 'now');
  return { run, name };
}

/**
 * Starts the supervisor on whatever a kill has left, and resolves to which data the first node that it started was run on: by the
 * binary that belongs to it, or the test fails. Nothing that is half done is left then.
 */
async function startAfter(t: TestContext, run: FakeRun, name: string): Promise<'old' | 'new'> {
  const before = (await run.home.events()).length;
  const supervisor = run.start();
  t.expect(await supervisor.ended).toEqual({ code: 1, signal: null });
  const events = (await run.home.events()).slice(before);
  t.expect(only(events, 'lock-conflict')).toEqual([]);
  const found = existsSync(inData(run, marker)) ? 'old' : 'new';
  // The old data is past the switch, and v2 fails on it; that of the backup is run by v1 up to the upgrade, where v2 fails again.
  const versions = livesOf(events).map(({ version }) => version);
  t.expect({ found, versions }).toEqual({ found, versions: found === 'old' ? ['v2'] : ['v1', 'v2'] });
  t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  t.expect((await besides(run)).filter((each) => each.startsWith('.'))).toEqual([]);
  const asides = await named(run, 'data-before-restore-');
  t.expect(asides).toHaveLength(found === 'old' ? 0 : 1);
  for (const aside of asides) t.expect(existsSync(join(run.home.home, aside, marker))).toBe(true);
  t.expect(JSON.parse(await readFile(inData(run, 'priv_validator_state.json'), 'utf8'))).toMatchObject({ height: '5' });
  t.expect(await backup(run, 'verify', name)).toMatchObject({ code: 0 });
  return found;
}

/** As it was before the first restore. */
async function again(run: FakeRun): Promise<void> {
  for (const aside of await named(run, 'data-before-restore-'))
    await rm(join(run.home.home, aside), { recursive: true });
  await writeFile(inData(run, marker), 'now');
}

/** Resolves once the exchange is on record, or the command has ended. */
async function exchanging({ home }: FakeRun, command: Supervisor): Promise<void> {
  const seen = Promise.withResolvers<undefined>();
  const watcher = watch(home.home, (_, file) => {
    if (file === record) seen.resolve(undefined);
  });
  await Promise.race([seen.promise, command.ended]);
  watcher.close();
}

const rounds = 12;
const seed = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));

describe.concurrent(
  `a restore that is killed at any time ends as old or as new at the next start (KILL_SEED=${seed})`,
  () => {
    it.for([1, 2])('from its beginning on, home %i', { timeout: 600_000 }, async (nth, t) => {
      const { run, name } = await marked(t);
      const begun = performance.now();
      await backup(run, 'restore', name, '--yes', '--dry-run');
      // A whole one takes longer than one that only looks.
      const within = 2 * (performance.now() - begun);
      const found: string[] = [];
      for (const time of killTimes({ count: rounds, seed: seed + nth, within })) {
        const command = restoring(run, name);
        await Promise.race([sleep(time), command.ended]);
        command.kill('SIGKILL');
        await command.ended;
        found.push(await startAfter(t, run, name));
        await again(run);
      }
      t.expect(found).toHaveLength(rounds);
    });

    it.for([1, 2])('while data and link are exchanged, home %i', { timeout: 600_000 }, async (nth, t) => {
      const { run, name } = await marked(t);
      let cutOff = 0;
      for (const time of killTimes({ count: rounds, seed: seed + 10 + nth, within: 40 })) {
        const command = restoring(run, name);
        await exchanging(run, command);
        await sleep(time);
        command.kill('SIGKILL');
        if ((await command.ended).signal === 'SIGKILL') cutOff += 1;
        await startAfter(t, run, name);
        await again(run);
      }
      t.expect(cutOff).toBeGreaterThan(0);
    });
  },
);

describe.concurrent('a restore that is killed with the new data in its place', () => {
  const points = choicePoints.map(({ name }) => name);

  /** Kills a restore at a point: the data is new then, the link new only at the last one. */
  async function killedAt(t: TestContext, point: string): Promise<{ run: FakeRun; name: string }> {
    const { run, name } = await marked(t);
    const command = restoring(run, name, { FAULT_POINT: `${point}:kill` }, faultsProgram);
    t.expect(await command.ended).toEqual({ code: null, signal: 'SIGKILL' });
    t.expect(existsSync(inData(run, marker))).toBe(false);
    t.expect(existsSync(join(run.home.home, record))).toBe(true);
    t.expect(await currentOf(run.home.home)).toBe(point === 'choice-linked' ? 'genesis' : 'upgrades/v2');
    return { run, name };
  }

  it.for(points)('at %s is finished by the next start, which says so', async (point, t) => {
    const { run, name } = await killedAt(t, point);
    t.expect(await startAfter(t, run, name)).toBe('new');
    t.expect(run.log()).toMatch(
      /WRN a restore of a backup was cut short and is finished now: data and binary are those/,
    );
  });

  it.for(points)('at %s, and killed there once more while it is finished', async (point, t) => {
    const { run, name } = await killedAt(t, point);
    const second = run.start({ FAULT_POINT: `${point}:kill` }, faultsProgram);
    t.expect(await second.ended).toEqual({ code: null, signal: 'SIGKILL' });
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
    t.expect(await startAfter(t, run, name)).toBe('new');
  });

  it.for([
    { args: ['use', 'genesis'], left: 0 },
    { args: ['accept-validator-state'], left: 0 },
    { args: ['backup', 'create'], left: 0 },
    { args: ['backup', 'prune'], left: 0 },
  ])('is finished by `$args` first, and said on stderr', async ({ args }, t) => {
    const { run } = await killedAt(t, 'choosing');
    const { code, stderr } = await runProgram(args, run.home.env(), run.home.dir);
    t.expect(code).toBe(0);
    t.expect(stderr).toMatch(/^warning: a restore of a backup was cut short and is finished now/m);
    t.expect(existsSync(join(run.home.home, record))).toBe(false);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
  });

  it('is finished by another restore first, which then restores', async (t) => {
    const { run, name } = await killedAt(t, 'choosing');
    const { code, stdout } = await backup(run, 'restore', name, '--yes', '-o', 'json');
    t.expect(code).toBe(0);
    t.expect(JSON.parse(stdout)).toMatchObject({ from: 'genesis', to: 'genesis' });
    t.expect(await named(run, 'data-before-restore-')).toHaveLength(2);
  });

  it('is not touched by what takes no lock', async (t) => {
    const { run, name } = await killedAt(t, 'choosing');
    const list = await backup(run, 'list');
    t.expect(list).toMatchObject({ code: 0 });
    t.expect(list.stdout).toMatch(/^\.data\.restore\.json .*cut short/m);
    t.expect(await backup(run, 'verify', name)).toMatchObject({ code: 0 });
    t.expect(existsSync(join(run.home.home, record))).toBe(true);
    t.expect(await startAfter(t, run, name)).toBe('new');
  });

  it('starts no node where the binary cannot run any more, until it can', async (t) => {
    const { run, name } = await killedAt(t, 'choosing');
    await chmod(run.home.genesisBinary, 0o644);
    const before = (await run.home.events()).length;
    for (let times = 0; times < 2; times++) {
      const refused = run.start();
      t.expect(await refused.ended).toEqual({ code: 67, signal: null });
      t.expect(refused.log()).toMatch(/Error: the binary cannot run: \S+genesis\/bin\/palomad/);
    }
    t.expect((await run.home.events()).length).toBe(before);
    await chmod(run.home.genesisBinary, 0o755);
    t.expect(await startAfter(t, run, name)).toBe('new');
  });

  it.for(['run', 'use', 'create'] as const)(
    'starts and changes nothing where somebody has changed it since: %s',
    async (command, t) => {
      const { run } = await killedAt(t, 'choosing');
      const [aside = ''] = await named(run, 'data-before-restore-');
      await rm(inData(run), { recursive: true });
      const before = await run.home.events();
      const refused = {
        run: async () => {
          const supervisor = run.start();
          const { code } = await supervisor.ended;
          return { code, stderr: supervisor.log() };
        },
        use: () => runProgram(['use', 'genesis'], run.home.env(), run.home.dir),
        create: () => backupWith(run, {}, 'create'),
      }[command];
      const { code, stderr } = await refused();
      t.expect(code).toBe(66);
      t.expect(stderr).toMatch(
        /Error: a restore was cut short, and what it left was changed since then\n(?: {2}why: .*\n)? {2}do: ./,
      );
      t.expect(stderr).toContain(aside);
      t.expect(await run.home.events()).toEqual(before);
      t.expect(existsSync(join(run.home.home, record))).toBe(true);
    },
  );
});
