import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';
import { waitFor } from '@chainvisor/testkit';

import { expectCleanStop, expectGivenUp, infoOf, proofOf, stepsOf } from '../../src/fake-checks.ts';
import { executions, livesOf, only, overlaps } from '../../src/fake-facts.ts';
import { blocksLater } from '../../src/fake-info.ts';
import { type FakeRun, fakeRun, release } from '../../src/fake-run.ts';
import { currentOf, journalOf, runProgram } from '../../src/supervisor.ts';
import { treeOf } from '../../src/tree.ts';

vi.setConfig({ maxConcurrency: 3 });

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 10 };
const v4 = { name: 'v4', height: 30 };

/** Data as state sync or a snapshot leaves it: at height 19, past v2 and v3, and a binary on the wrong side of those refuses it. */
async function synced(t: TestContext, chain: Parameters<typeof fakeRun>[1]['chain'] = {}): Promise<FakeRun> {
  return fakeRun(t, { chain: { startHeight: 20, applied: [v2, v3], stores: true, plans: [v4], ...chain } });
}

function use(run: FakeRun, ...args: readonly string[]) {
  return runProgram(['use', ...args], run.home.env());
}

/** From block 20 on each was executed once, those before v4 by v3, and v4 was switched to once. */
async function expectOnceFromV3(t: TestContext, run: FakeRun): Promise<void> {
  const events = await run.home.events();
  t.expect(overlaps(events, run.log())).toEqual([]);
  const executed = executions(events);
  const heights = [...executed.keys()];
  t.expect([...executed]).toEqual(heights.map((_, index) => [20 + index, [20 + index < v4.height ? 'v3' : 'v4']]));
  t.expect(heights.length).toBeGreaterThan(v4.height - 20);
  t.expect((await stepsOf(run, v4)).filter((step) => step === 'switched')).toHaveLength(1);
  t.expect(await currentOf(run.home.home)).toBe('upgrades/v4');
}

describe.concurrent('a binary that does not belong to the data', () => {
  it('ends at once: the command that chooses the other is said, and the other runs', async (t) => {
    const run = await synced(t, { mode: 'blocksync' });
    await run.stage('v3');
    const first = run.start();
    await first.saw(/ERR genesis may be the wrong binary for this data.*: chainvisor use v3( |$)/);
    t.expect(await first.ended).toEqual({ code: 2, signal: null });

    t.expect(await use(run, 'v3')).toMatchObject({ code: 0, stderr: '' });
    const second = run.start();
    await run.reached(21);
    await expectCleanStop(t.expect, run, second);
    t.expect(second.log()).not.toContain('may be the wrong binary');
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v3']);
  });

  it('is not spoken of where the data is known: that the node crashes has another reason', async (t) => {
    const run = await fakeRun(t, { chain: { crashAtHeight: 3 } });
    await run.stage('v3');
    const supervisor = run.start();
    t.expect(await supervisor.ended).toEqual({ code: 2, signal: null });
    t.expect(supervisor.log()).not.toContain('may be the wrong binary');
  });
});

describe.concurrent('use', () => {
  it('chooses the binary of state-synced data; the next upgrade happens once, at its height, for good', async (t) => {
    const run = await synced(t);
    await run.stage('v3');
    await run.stage('v4');
    const told = await use(run, 'v3', '--output', 'json');
    t.expect(told).toMatchObject({ code: 0, stderr: '' });
    t.expect(JSON.parse(told.stdout)).toEqual({
      from: null,
      to: 'upgrades/v3',
      binary: run.at('upgrades/v3/bin/palomad'),
      plan: null,
      dryRun: false,
      changed: true,
      warnings: t.expect.any(Array) as unknown,
    });
    const first = run.start();
    await first.saw(/upgrade verified.* plan=v4/);
    await run.reached(31);
    await expectCleanStop(t.expect, run, first);
    const second = run.start();
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    await expectOnceFromV3(t, run);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v3', 'v4', 'v4']);
    t.expect(second.log()).not.toMatch(/upgrade detected|switched|may be the wrong/);
  });

  it('chooses the binary of restored data, with the height of its upgrade where the file is of a later one', async (t) => {
    const run = await synced(t, { validator: false });
    await run.stage('v3');
    await run.stage('v4');
    // All that is left of the data before: it was past v4.
    await symlink('upgrades/v4', run.at('current'));
    await writeFile(run.at('upgrades/v4/upgrade-info.json'), infoOf(run.profile, v4));
    await writeFile(run.home.infoFile, infoOf(run.profile, v4));
    await writeFile(
      join(run.home.home, 'data/priv_validator_state.json'),
      JSON.stringify({ height: '41', round: 0, step: 3 }),
    );
    const refused = await use(run, 'v3');
    t.expect(refused).toMatchObject({ code: 64, stdout: '' });
    t.expect(refused.stderr).toContain('chainvisor use v3 --height <that height>');
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v4');

    t.expect(await use(run, 'v3', '--height', '10')).toMatchObject({ code: 0, stderr: '' });
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified.* plan=v4/);
    await run.reached(31);
    await expectCleanStop(t.expect, run, supervisor);
    await expectOnceFromV3(t, run);
    t.expect(await proofOf(run, v4)).toBe('status says height 30');
  });

  it('is not undone by a file of an earlier upgrade, at any start', async (t) => {
    const run = await synced(t, { plans: [] });
    await run.stage('v2');
    await run.stage('v3');
    await writeFile(run.home.infoFile, infoOf(run.profile, v2));
    const { code, stdout } = await use(run, 'v3', '--height', '10');
    t.expect(code).toBe(0);
    t.expect(stdout).toMatch(/"v2" at height 5, older than "v3" at height 10 .* left alone/);
    for (const nth of [1, 2]) {
      const supervisor = run.start();
      await supervisor.saw(/WRN .*never switched backwards/);
      await run.worked(nth);
      await expectCleanStop(t.expect, run, supervisor);
    }
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v3');
    t.expect([...new Set(livesOf(await run.home.events()).map(({ version }) => version))]).toEqual(['v3']);
  });

  it('of a plan that the node will halt for is its plan: that upgrade is not done again', async (t) => {
    const run = await synced(t, { plans: [] });
    await run.stage('v3');
    await symlink('genesis', run.at('current'));
    await writeFile(run.home.infoFile, infoOf(run.profile, v3));
    t.expect(await use(run, 'v3')).toMatchObject({ code: 0, stderr: '' });
    const supervisor = run.start();
    await run.reached(25);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(supervisor.log()).not.toMatch(/upgrade detected|WRN .*names/);
    t.expect(await stepsOf(run, v3)).toEqual([]);
  });

  it('is refused while a supervisor lives, which goes on', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v3');
    const supervisor = run.start();
    await run.worked(1);
    const before = await treeOf(run.at('upgrades'));
    const refused = await use(run, 'v3');
    t.expect(refused).toMatchObject({ code: 69, stdout: '' });
    t.expect(refused.stderr).toMatch(new RegExp(`^Error: .*process ${supervisor.pid} \\(`));
    const dry = await use(run, 'v3', '--dry-run');
    t.expect(dry).toMatchObject({ code: 0, stderr: '' });
    t.expect(dry.stdout).toMatch(
      new RegExp(
        `^warning: without --dry-run this would be refused: a supervisor lives, process ${supervisor.pid} `,
        'm',
      ),
    );
    t.expect(await treeOf(run.at('upgrades'))).toEqual(before);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect((await journalOf(run.home.home)).filter(({ kind }) => kind === 'chosen')).toEqual([]);
    await blocksLater(run, 2);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(livesOf(await run.home.events())).toHaveLength(1);
  });

  it('is refused while the node of a killed supervisor lives, which is left alone', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v3');
    const supervisor = run.start();
    await run.worked(1);
    supervisor.kill('SIGKILL');
    await supervisor.ended;
    const [node] = livesOf(await run.home.events());
    const refused = await use(run, 'v3');
    t.expect(refused).toMatchObject({ code: 69, stdout: '' });
    t.expect(refused.stderr).toMatch(new RegExp(`^Error: .*process ${node?.pid} \\(`));
    await blocksLater(run, 2);
    t.expect(only(await run.home.events(), 'signal')).toEqual([]);
    t.expect(await currentOf(run.home.home)).toBe('genesis');

    await run.home.kill();
    await waitFor('the home to be free', async () => (await use(run, 'v3')).code === 0, { timeout: 60_000 });
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v3');
  });

  it('changes nothing with --dry-run', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.home.stage('v3', release(run.profile, 'v3'), { withoutBin: true });
    await writeFile(run.home.infoFile, infoOf(run.profile, v3));
    const before = await treeOf(run.home.home);
    const { code, stdout, stderr } = await use(run, 'v3', '--dry-run');
    t.expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    t.expect(stdout).toMatch(/^dry run: current would point to upgrades\/v3, before there was no link$/m);
    t.expect(stdout).toMatch(/^.*\/upgrades\/v3\/bin\/palomad would stand for "v3" at height 10$/m);
    t.expect(await treeOf(run.home.home)).toEqual(before);
  });

  it('names what is staged where there is no such binary', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await run.stage('v3');
    await run.stage('v4');
    const { code, stderr } = await use(run, 'v9');
    t.expect(code).toBe(67);
    t.expect(stderr).toContain('staged are v3, v4');
    t.expect(stderr).toContain(run.at('upgrades/v9/bin/palomad'));
  });
});

describe.concurrent('a validator state older than the one on record', () => {
  it('keeps the node from starting until it is accepted', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const first = run.start();
    await run.reached(5);
    await expectCleanStop(t.expect, run, first);
    const file = join(run.home.home, 'data/priv_validator_state.json');
    await writeFile(file, JSON.stringify({ height: '3', round: 0, step: 3 }));
    await expectGivenUp(t.expect, run, run.start(), 77, [file, /accept-validator-state --height 3/]);

    const accept = (...args: readonly string[]) => runProgram(['accept-validator-state', ...args], run.home.env());
    t.expect(await accept()).toMatchObject({ code: 77, stdout: '' });
    t.expect(await accept('--height', '3')).toMatchObject({ code: 0, stderr: '' });
    const second = run.start();
    await run.worked(2);
    const refused = await accept('--height', '3');
    t.expect(refused).toMatchObject({ code: 69 });
    t.expect(refused.stderr).toContain(`process ${second.pid} (`);
    await expectCleanStop(t.expect, run, second);
  });
});
