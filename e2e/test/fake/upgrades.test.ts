import type { Profile } from '@chainvisor/testkit';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, proofOf, stepsOf } from '../../src/fake-checks.ts';
import { livesOf, only, saidStopped } from '../../src/fake-facts.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 6 };
const v3 = { name: 'v3', height: 9 };

describe.concurrent.each<Profile>(['0.45', '0.47', '0.50', '0.53'])('a node of SDK %s', (profile) => {
  it('is upgraded at the height', async (t) => {
    const run = await fakeRun(t, { profile, chain: { plans: [v2] } });
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(await stepsOf(run, v2)).toEqual(['detected', 'stopped', 'pre-upgrade-done', 'switched', 'verified']);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
  });

  it('is upgraded twice, three blocks apart', async (t) => {
    // Stores of its own make a binary refuse data on the wrong side of its height; the file is written in two parts.
    const run = await fakeRun(t, { profile, chain: { plans: [v2, v3], stores: true, writeGap: 40 } });
    await run.stage('v2');
    await run.stage('v3');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified.*plan=v3/);
    await run.reached(10);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2, v3]);
    t.expect((await stepsOf(run, v2)).at(-1)).toBe('verified');
  });

  it('is upgraded by the same run when it is catching up and dies at each height', async (t) => {
    const run = await fakeRun(t, { profile, chain: { plans: [v2, v3], mode: 'blocksync' } });
    await run.stage('v2');
    await run.stage('v3');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified.*plan=v3/);
    await run.reached(10);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2, v3]);
    const [first] = livesOf(await run.home.events());
    t.expect(first).toMatchObject({ version: 'v1', code: 2 });
    t.expect(await proofOf(run, v2)).toBe('the node wrote the file and ended by itself');
  });
});

describe.concurrent.each<Profile>(['0.50', '0.53'])('optimistic execution of SDK %s', (profile) => {
  it('writes the file before the block is stored: a node that does not sign is stopped only when it is', async (t) => {
    const chain = { plans: [v2], optimistic: 1000, validator: false };
    const run = await fakeRun(t, { profile, chain });
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    const ofOld = (await run.home.events()).filter(({ version }) => version === 'v1').map(({ event }) => event);
    t.expect(ofOld.slice(ofOld.indexOf('file'))).toEqual(['file', 'halt', 'signal', 'end']);
    t.expect(await proofOf(run, v2)).toBe('status says height 6');
  });

  it('does not stop a validator in the middle of its vote', async (t) => {
    const run = await fakeRun(t, { profile, chain: { plans: [v2], optimistic: 1000 } });
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    const ofOld = (await run.home.events()).filter(({ version }) => version === 'v1').map(({ event }) => event);
    t.expect(ofOld.slice(ofOld.indexOf('file'))).toEqual(['file', 'halt', 'signal', 'end']);
  });
});

describe.concurrent('what follows an upgrade', () => {
  it('is an end with code 0 where DAEMON_RESTART_AFTER_UPGRADE is false; the next start runs the new binary', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const first = run.start({ DAEMON_RESTART_AFTER_UPGRADE: 'false' });
    t.expect(await first.ended).toEqual({ code: 0, signal: null });
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1']);

    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
  });

  it('waits DAEMON_RESTART_DELAY after the end of the old node', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_RESTART_DELAY: '1500ms' });
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(supervisor.log()).toMatch(/node stopped[^]*waiting before the upgrade[^]*\bswitched\b[^]*node started/);
    const events = await run.home.events();
    const asked = only(events, 'command').find(({ args }) => args[0] === 'pre-upgrade');
    const [old, fresh] = livesOf(events);
    t.expect((asked?.at ?? 0) - (old?.to ?? Infinity)).toBeGreaterThanOrEqual(1500);
    t.expect(fresh?.from).toBeGreaterThan(asked?.at ?? Infinity);
  });

  it('is the rest of the upgrade where the supervisor was stopped in the middle of it', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const first = run.start({ DAEMON_RESTART_DELAY: '10m' });
    await first.saw(/waiting before the upgrade/);
    await expectCleanStop(t.expect, run, first, 143);
    t.expect(await currentOf(run.home.home)).toBe('genesis');

    const second = run.start();
    await second.saw(/finishing an upgrade that was cut off/);
    await second.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
  });
});

describe.concurrent('the end of the old node', () => {
  it.for([
    { title: 'where no grace is set', env: {} },
    { title: 'where the grace is zero', env: { DAEMON_SHUTDOWN_GRACE: '0s' } },
  ])('has three seconds and more $title: it closes its databases', async ({ env }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], shutdown: 3000 } });
    await run.stage('v2');
    const supervisor = run.start(env);
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    const events = await run.home.events();
    const [old, fresh] = livesOf(events);
    t.expect(old).toMatchObject({ version: 'v1', code: 0 });
    const asked = only(events, 'signal').find(({ pid }) => pid === old?.pid);
    t.expect(asked?.signal).toBe('SIGTERM');
    t.expect((old?.to ?? 0) - (asked?.at ?? Infinity)).toBeGreaterThanOrEqual(2990);
    t.expect(fresh?.from).toBeGreaterThanOrEqual(old?.to ?? Infinity);
    t.expect(run.log()).not.toContain('killing it');
  });

  it('is a killing, said aloud, where it takes longer than DAEMON_SHUTDOWN_GRACE', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], shutdown: 5000 } });
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_SHUTDOWN_GRACE: '300ms' });
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    const [old] = livesOf(await run.home.events());
    t.expect(old).toMatchObject({ version: 'v1', to: undefined });
    t.expect(supervisor.log()).toMatch(/WRN the node did not stop within its grace: killing it.*grace=300ms/);
    t.expect(supervisor.log()).toMatch(new RegExp(`node stopped pid=${old?.pid ?? 0} how="was ended by SIGKILL"`));
  });

  it('is a killing where it ignores SIGTERM', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], ignoreSigterm: true } });
    await run.stage('v2');
    const supervisor = run.start({ DAEMON_SHUTDOWN_GRACE: '300ms' });
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    // The new node ignores it as well; only the upgrade has a grace, the operator's own signal has none.
    supervisor.kill('SIGTERM');
    const [old, fresh] = livesOf(await run.home.events());
    await run.event('the signal at the new node', (event) => event.event === 'signal' && event.pid === fresh?.pid);
    await run.home.kill();
    t.expect(await supervisor.ended).toEqual({ code: 137, signal: null });
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(saidStopped(supervisor.log()).has(old?.pid ?? 0)).toBe(true);
  });

  it('takes the processes that it left behind with it, before the new binary is started', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], grandchild: true } });
    const real = join(run.home.dir, 'opt/palomad');
    await run.home.install(real, { profile: run.profile, version: 'v2', handlers: ['v2'] });
    const witness = join(run.home.dir, 'alive.txt');
    // Looks for them itself, the moment that it is started; zombies that nobody collected do not count.
    await writeScript(
      run.at('upgrades/v2/bin/palomad'),
      `
      sed -n 's/.*"child":\\([0-9]*\\).*/\\1/p' "$DAEMON_HOME/fake-events.jsonl" | while read -r pid; do
        grep '^State:' "/proc/$pid/status" 2>/dev/null | grep -qv Z && echo "$1 $pid" >> "${witness}.bad"
        echo "$1 $pid" >> "${witness}"
      done
      exec "${real}" "$@"`,
    );
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(7);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { paths: { v2: real } });
    const [left] = only(await run.home.events(), 'grandchild');
    t.expect(await readLines(witness)).toEqual([`pre-upgrade ${left?.child ?? 0}`, `start ${left?.child ?? 0}`]);
    t.expect(await readLines(`${witness}.bad`)).toEqual([]);
  });
});
