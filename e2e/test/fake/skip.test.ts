import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded, stepsOf } from '../../src/fake-checks.ts';
import { executions, livesOf, only, overlaps } from '../../src/fake-facts.ts';
import { blocksLater, heightOf } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { currentOf, journalOf } from '../../src/supervisor.ts';
import { through } from '../../src/through.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 9 };

interface Spelling {
  readonly title: string;
  readonly args: readonly string[];
  /** Put at the top of app.toml. */
  readonly toml?: string;
}

const spellings: readonly Spelling[] = [
  { title: 'a word of its own', args: ['--unsafe-skip-upgrades', '5'] },
  { title: 'behind =', args: ['--unsafe-skip-upgrades=5'] },
  { title: 'a list', args: ['--unsafe-skip-upgrades', '5,12'] },
  { title: 'a list behind =', args: ['--unsafe-skip-upgrades=4,5'] },
  { title: "several words, as cosmovisor's", args: ['--unsafe-skip-upgrades', '5', '12'] },
  { title: 'repeated', args: ['--unsafe-skip-upgrades', '4', '--unsafe-skip-upgrades=5'] },
  { title: 'before another flag', args: ['--unsafe-skip-upgrades', '5', '--log_level', 'info'] },
  { title: 'in app.toml', args: [], toml: 'unsafe-skip-upgrades = [5]' },
  { title: 'in app.toml, a list', args: [], toml: 'unsafe-skip-upgrades = [4, 5]' },
];

/** What `FakeRun.start` starts the supervisor by, told to skip in this way. */
async function skipping(run: FakeRun, { args, toml }: Omit<Spelling, 'title'>): Promise<string> {
  const file = join(run.home.home, 'config/app.toml');
  if (toml !== undefined) await writeFile(file, `${toml}\n${await readFile(file, 'utf8')}`);
  return through(run, { args });
}

const skipV2 = { args: ['--unsafe-skip-upgrades=5'] };

/** Each height was executed once, by the version whose it is, and never by two nodes at once. */
async function expectVersions(t: TestContext, run: FakeRun, versionAt: (height: number) => string): Promise<void> {
  const events = await run.home.events();
  t.expect(overlaps(events, run.log())).toEqual([]);
  t.expect(only(events, 'lock-conflict')).toEqual([]);
  const executed = [...executions(events)];
  t.expect(executed).toEqual(executed.map((_, index) => [index + 1, [versionAt(index + 1)]]));
}

describe.concurrent('an upgrade that is to be skipped', () => {
  it.for(spellings)('is not made, and the next one is: $title', async (spelling, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2, v3], blockTime: 40 } });
    // Without its binary the chain stands at the height: that is when an operator skips.
    const first = run.start();
    await expectGivenUp(t.expect, run, first, 68, [run.at('upgrades/v2/bin/palomad')]);
    await run.stage('v2');
    await run.stage('v3');
    const second = run.start({}, await skipping(run, spelling));
    await second.saw(/INF .*v2.* is skipped: --unsafe-skip-upgrades/);
    await second.saw(/upgrade verified.* plan=v3/);
    await run.reached(v3.height + 1);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v3]);
    const events = await run.home.events();
    t.expect(only(events, 'skipped').map(({ height, name }) => [height, name])).toEqual([[5, 'v2']]);
    t.expect(livesOf(events).map(({ version }) => version)).toEqual(['v1', 'v1', 'v3']);
    t.expect((await stepsOf(run, v2)).includes('switched')).toBe(false);
  });

  it('is not made where its file was there before, and its binary', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
    await run.stage('v2');
    await writeFile(run.home.infoFile, JSON.stringify(v2));
    const supervisor = run.start({}, await skipping(run, skipV2));
    await run.reached(v2.height + 3);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    await expectVersions(t, run, () => 'v1');
    t.expect(livesOf(await run.home.events())).toHaveLength(1);
  });

  it('is not told by another height: it is made', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
    await run.stage('v2');
    const supervisor = run.start({}, await skipping(run, { args: ['--unsafe-skip-upgrades', '6', '55'] }));
    await supervisor.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
  });

  it('is not told by app.toml where the flag says otherwise, as the node has it', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
    await run.stage('v2');
    const told = { args: ['--unsafe-skip-upgrades=7'], toml: 'unsafe-skip-upgrades = [5]' };
    const supervisor = run.start({}, await skipping(run, told));
    await supervisor.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
  });
});

describe.concurrent('an upgrade that was skipped', () => {
  it('is not made by a later start without the flag, the chain being past it', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
    await run.start().ended;
    await run.stage('v2');
    const skipped = run.start({}, await skipping(run, skipV2));
    await run.reached(v2.height + 3);
    await expectCleanStop(t.expect, run, skipped);
    const later = run.start();
    await run.worked(3);
    await blocksLater(run, 2);
    await expectCleanStop(t.expect, run, later);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    await expectVersions(t, run, () => 'v1');
  });
});

/** A home that was switched to v2, of which the migration fails: it stands at the height, with `current` moved. */
async function failedRun(t: TestContext, fail: 'error' | 'panic'): Promise<FakeRun> {
  const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
  await run.stage('v2', { migration: { fail } });
  const supervisor = run.start();
  await run.event('the failed migration', ({ event, version }) => event === 'stuck' && version === 'v2');
  supervisor.kill('SIGTERM');
  await supervisor.ended;
  t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
  return run;
}

describe.concurrent('an upgrade that has failed after the switch and is then to be skipped', () => {
  const journals = [
    { title: 'with the journal', forget: () => Promise.resolve() },
    { title: 'without', forget: ({ at }: FakeRun) => rm(at('.chainvisor/journal.jsonl')) },
    { title: 'without .chainvisor', forget: ({ at }: FakeRun) => rm(at('.chainvisor'), { recursive: true }) },
  ];

  it.for(journals)('is left for what ran before, which goes on past the height: $title', async ({ forget }, t) => {
    const run = await failedRun(t, 'error');
    await forget(run);
    const file = await skipping(run, skipV2);
    const supervisor = run.start({}, file);
    await supervisor.saw(/WRN .*v2.* is to be skipped and no block above it is known: back to genesis/);
    await run.reached(v2.height + 3);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    await expectCleanStop(t.expect, run, supervisor);
    await expectVersions(t, run, () => 'v1');

    const again = run.start({}, file);
    await blocksLater(run, 3);
    await expectCleanStop(t.expect, run, again);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    await expectVersions(t, run, () => 'v1');
    const records = await journalOf(run.home.home);
    const steps = records.filter(({ kind, name }) => kind === 'upgrade' && name === v2.name).map(({ step }) => step);
    // What is left is not waited for any more, nor verified by what another binary executes.
    t.expect(steps.at(-1)).not.toBe('switched');
    t.expect(steps).not.toContain('verified');
  });

  it('is left for the recorded predecessor, not for genesis, where there was one between', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2, v3], blockTime: 40 } });
    await run.stage('v2');
    await run.stage('v3', { migration: { fail: 'error' } });
    const first = run.start();
    await run.event('the failed migration', ({ event, version }) => event === 'stuck' && version === 'v3');
    first.kill('SIGTERM');
    await first.ended;
    const second = run.start({}, await skipping(run, { args: ['--unsafe-skip-upgrades', String(v3.height)] }));
    await second.saw(/back to upgrades\/v2/);
    await run.reached(v3.height + 2);
    await expectCleanStop(t.expect, run, second);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    await expectVersions(t, run, (height) => (height < v2.height ? 'v1' : 'v2'));
  });

  it('is not left where blocks above it exist: the new binary goes on', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
    await run.stage('v2');
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(v2.height + 2);
    await expectCleanStop(t.expect, run, first);
    const height = await heightOf(run);
    const second = run.start({}, await skipping(run, skipV2));
    await run.reached(height + 2);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(second.log()).not.toMatch(/back to/);

    await rm(run.at('.chainvisor/journal.jsonl'));
    const third = run.start({}, await skipping(run, skipV2));
    await blocksLater(run, 2);
    await expectCleanStop(t.expect, run, third);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    await expectVersions(t, run, (at) => (at < v2.height ? 'v1' : 'v2'));
  });

  it('is not left for a binary that cannot run: one error that names it', async (t) => {
    const run = await failedRun(t, 'error');
    await chmod(run.home.genesisBinary, 0o644);
    const file = await skipping(run, skipV2);
    await expectGivenUp(t.expect, run, run.start({}, file), 67, [run.home.genesisBinary, /mode 0644/, /do: /]);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    await chmod(run.home.genesisBinary, 0o755);
    const second = run.start({}, file);
    await run.reached(v2.height + 2);
    await expectCleanStop(t.expect, run, second);
    await expectVersions(t, run, () => 'v1');
  });
});
