import { rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded, infoOf, stepsOf } from '../../src/fake-checks.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { blocksLater, replaceInfo } from '../../src/fake-info.ts';
import { fakeRun, release } from '../../src/fake-run.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };

describe.concurrent('current', () => {
  it('is made for genesis where there is none', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    const supervisor = run.start();
    await supervisor.saw(/there is no current link: it is set to genesis/);
    await run.reached(2);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, []);
  });

  it.for([
    { title: 'is gone', said: /there is no current link: it is set to upgrades\/v2, as recorded/, link: undefined },
    {
      title: 'dangles',
      said: /WRN current points to upgrades\/lost, which is gone: it is set to upgrades\/v2, as recorded/,
      link: 'upgrades/lost',
    },
  ])('that $title after an upgrade is what it was last', async ({ said, link }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, first);
    await unlink(run.at('current'));
    if (link !== undefined) await symlink(link, run.at('current'));

    const second = run.start();
    await second.saw(said);
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
  });

  it('that was moved on by hand after an upgrade, to a patch release without a plan, is never moved back', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2, { name: 'v3', height: 40 }] } });
    for (const name of ['v2', 'v3']) await run.stage(name);
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, first);
    await run.home.stage('v2.1', { ...release(run.profile, 'v2'), version: 'v2.1' });
    await unlink(run.at('current'));
    await symlink('upgrades/v2.1', run.at('current'));

    const second = run.start();
    await second.saw(
      /WRN "v2" at height 5 .* was switched to before, and current was pointed to upgrades\/v2\.1 since/,
    );
    await second.saw(/upgrade verified.* plan=v3/);
    await run.reached(42);
    await expectCleanStop(t.expect, run, second);
    const versions = livesOf(await run.home.events()).map(({ version }) => version);
    t.expect(versions).toEqual(['v1', 'v2', 'v2.1', 'v3']);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v3');
  });

  it('that is moved by hand under a live node counts at the next start, and stops nothing', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await unlink(run.at('current'));
    await symlink('genesis', run.at('current'));
    // The same file once more: a reason to look again.
    await replaceInfo(run, infoOf(run.profile, v2));
    await blocksLater(run, 10);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
    await expectCleanStop(t.expect, run, supervisor);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
  });

  it('that is gone along with the journal is the plan of the file, where that is staged', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, first);
    const steps = await stepsOf(run, v2);
    await unlink(run.at('current'));
    await rename(run.at('.chainvisor'), join(run.home.dir, 'lost'));

    const second = run.start();
    await second.saw(/it is set to upgrades\/v2, the plan that upgrade-info.json names/);
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    t.expect(second.log()).not.toMatch(/upgrade detected/);
    t.expect(steps.at(-1)).toBe('verified');
  });

  it('whose binary is gone is not replaced by an older one', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, first);
    await rename(run.at('upgrades/v2'), join(run.home.dir, 'moved'));

    const path = run.at('upgrades/v2/bin/palomad');
    await expectGivenUp(t.expect, run, run.start(), 67, [path, /an older binary on this data would be a guess/]);
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');

    await rename(join(run.home.dir, 'moved'), run.at('upgrades/v2'));
    const second = run.start();
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
  });

  it('that points to a directory without a binary ends the start with the path', async (t) => {
    const run = await fakeRun(t, { chain: {} });
    await symlink('genesis', run.at('current'));
    await rename(run.home.genesisBinary, `${run.home.genesisBinary}.old`);
    await expectGivenUp(t.expect, run, run.start(), 67, [run.home.genesisBinary, /there is no such file/]);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
  });

  it('as cosmovisor 1.6 wrote it, absolute, is understood and stays until the switch', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    await symlink(run.at('genesis'), run.at('current'));
    const supervisor = run.start();
    await run.reached(1);
    t.expect(await currentOf(run.home.home)).toBe(run.at('genesis'));
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
  });

  it('that is absolute and names an upgrade is that upgrade: nothing is done again', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const first = run.start();
    await first.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, first);
    await unlink(run.at('current'));
    await symlink(run.at('upgrades/v2'), run.at('current'));

    const second = run.start();
    await run.worked(3);
    await expectCleanStop(t.expect, run, second);
    t.expect(await currentOf(run.home.home)).toBe(run.at('upgrades/v2'));
    t.expect(second.log()).not.toMatch(/upgrade detected|switched/);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
  });
});
