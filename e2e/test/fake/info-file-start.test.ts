import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded, infoOf } from '../../src/fake-checks.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { blocksLater, replaceInfo } from '../../src/fake-info.ts';
import { type FakeRun, fakeRun, release } from '../../src/fake-run.ts';
import { currentOf, type Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 4 };
const whole = infoOf('0.50', v2);

const broken = [
  { title: 'empty', text: '' },
  { title: 'half', text: whole.slice(0, whole.length >> 1) },
  { title: 'garbage', text: '\0\0\0\0' },
  { title: '10 MB of garbage', text: '{'.repeat(10e6) },
];

/** A node of SDK 0.50 that was upgraded to v2 and then stopped. */
async function upgradedRun(t: TestContext): Promise<FakeRun> {
  const run = await fakeRun(t, { profile: '0.50', chain: { plans: [v2] } });
  await run.stage('v2');
  const supervisor = run.start();
  await supervisor.saw(/upgrade verified/);
  await run.reached(5);
  await expectCleanStop(t.expect, run, supervisor);
  return run;
}

const quarantined = ({ at }: FakeRun) => readdir(at('.chainvisor/quarantine'));

/** The node's panic, its code as ours, and one line of advice before the last. Returns that line. */
async function expectAdvice(t: TestContext, run: FakeRun, supervisor: Supervisor): Promise<string> {
  t.expect(await supervisor.ended).toEqual({ code: 2, signal: null });
  const log = supervisor.log();
  t.expect(log).toContain('panic: failed to read upgrade info from disk');
  t.expect(log).toMatch(/WRN upgrade-info\.json cannot be read .* and no good one is on record\n/);
  const [advice = '', last, end] = log.split('\n').slice(-3);
  t.expect(advice).toContain(`ERR most nodes panic at their start over a file like ${run.home.infoFile}: `);
  t.expect(last).toMatch(/ERR palomad exited with code 2: this is the node's own end exit=2$/);
  t.expect(end).toBe('');
  return advice;
}

describe.concurrent('a file that nobody is left to finish', () => {
  it.for(broken)('is put back as it was last good, before the node reads it: $title', async ({ text }, t) => {
    const run = await upgradedRun(t);
    await writeFile(run.home.infoFile, text);
    const supervisor = run.start();
    await supervisor.saw(/WRN upgrade-info\.json was put back as it was last good/);
    await run.worked(3);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(await readFile(run.home.infoFile, 'utf8')).toBe(whole);
    const [kept = ''] = await quarantined(run);
    t.expect((await readFile(run.at('.chainvisor/quarantine', kept), 'utf8')) === text).toBe(true);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  });

  it.for(broken)('is put back from beside the binary of current where the journal is lost: $title', async (row, t) => {
    const run = await upgradedRun(t);
    await rm(run.at('.chainvisor'), { recursive: true });
    await writeFile(run.home.infoFile, row.text);
    const supervisor = run.start();
    await supervisor.saw(/WRN upgrade-info\.json was put back as it was last good/);
    await run.worked(3);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(await readFile(run.home.infoFile, 'utf8')).toBe(whole);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  });

  it('is put back where a later plan is cut off in it: the halt for that is met again, and upgraded', async (t) => {
    const v3 = { name: 'v3', height: 60 };
    const run = await upgradedRun(t);
    await run.stage('v3');
    await run.home.schedule(v3);
    await writeFile(run.home.infoFile, infoOf('0.50', v3).slice(0, 30));
    const supervisor = run.start();
    await supervisor.saw(/was put back as it was last good/);
    await supervisor.saw(/upgrade verified.* plan=v3/);
    await run.reached(61);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2, v3]);
  });

  it.for(broken)('is warned of where no good one is on record; current runs: $title', async ({ text }, t) => {
    const genesis = { ...release('0.50', 'v1'), readsInfo: false };
    const run = await fakeRun(t, { profile: '0.50', genesis, chain: {} });
    await run.stage('v2');
    await writeFile(run.home.infoFile, text);
    const supervisor = run.start();
    await supervisor.saw(/WRN upgrade-info\.json cannot be read .* no good one is on record/);
    await run.reached(3);
    await blocksLater(run, 5);
    t.expect((await readFile(run.home.infoFile, 'utf8')) === text).toBe(true);
    t.expect(existsSync(run.at('.chainvisor/quarantine'))).toBe(false);
    // The watch goes on: what becomes good is acted on.
    await replaceInfo(run, infoOf('0.50', { name: 'v2', height: 2 }));
    await supervisor.saw(/upgrade verified/);
    await run.worked(2);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(supervisor.log().match(/no good one is on record/g)).toHaveLength(1);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  });
});

describe.concurrent('a node that panics over a file of which no good one is on record', () => {
  it.for(broken)('ends us with its code, and the log says what to write: $title', async ({ text }, t) => {
    const run = await fakeRun(t, { profile: '0.50', chain: {} });
    await writeFile(run.home.infoFile, text);
    const advice = await expectAdvice(t, run, run.start());
    t.expect(advice).toContain(`replace its content by the line of this chain's last upgrade`);
    // Each start ends the same way, until somebody does as told.
    await expectAdvice(t, run, run.start());
    t.expect((await readFile(run.home.infoFile, 'utf8')) === text).toBe(true);
  });

  it('is told to move it away before there was an upgrade; the halt is then met again, and upgraded', async (t) => {
    const plan = { name: 'v2', height: 12 };
    const run = await fakeRun(t, { profile: '0.50', chain: { plans: [plan] } });
    await run.stage('v2');
    await writeFile(run.home.infoFile, infoOf('0.50', plan).slice(0, 20));
    const advice = await expectAdvice(t, run, run.start());
    t.expect(advice).toContain(
      `last upgrade, {"name":"<name>","height":<height>}, or move it away where there was none`,
    );

    await rename(run.home.infoFile, `${run.home.infoFile}.bad`);
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(13);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan]);
  });

  it('gets no advice where it ends for its own reasons, or by the operator', async (t) => {
    const own = await fakeRun(t, { profile: '0.50', chain: { exitAtHeight: { height: 3, code: 9 } } });
    await replaceInfo(own, infoOf('0.50', { name: 'v2', height: 100 }));
    await expectGivenUp(t.expect, own, own.start(), 9, []);
    t.expect(own.log()).not.toContain('most nodes panic');

    const genesis = { ...release('0.50', 'v1'), readsInfo: false };
    const asked = await fakeRun(t, { profile: '0.50', genesis, chain: {} });
    await writeFile(asked.home.infoFile, '');
    const supervisor = asked.start();
    await asked.reached(2);
    await expectCleanStop(t.expect, asked, supervisor);
    t.expect(only(await asked.home.events(), 'signal')).toHaveLength(1);
    t.expect(asked.log()).not.toContain('most nodes panic');
  });
});
