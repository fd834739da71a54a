import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, infoOf, stepsOf } from '../../src/fake-checks.ts';
import { expectCurrent } from '../../src/fake-end.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { allSteps } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };
const v3 = { name: 'v3', height: 9 };

/** Why there is no second file system to put things on; undefined where there is. */
function refusal(): string | undefined {
  try {
    if (statSync('/dev/shm').dev === statSync(tmpdir()).dev) return 'needs /dev/shm on another file system';
    rmSync(mkdtempSync('/dev/shm/chainvisor-'), { recursive: true });
    return undefined;
  } catch (error) {
    return `needs /dev/shm: ${(error as Error).message}`;
  }
}
const refused = refusal();
const title = (text: string) => titled(text, refused);

/** Moves a directory to another file system and leaves a link in its place, as operators with a second disk do. */
async function moveAway(t: TestContext, path: string): Promise<string> {
  const elsewhere = mkdtempSync('/dev/shm/chainvisor-');
  t.onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
  const to = join(elsewhere, 'moved');
  await cp(path, to, { recursive: true, verbatimSymlinks: true });
  await rm(path, { recursive: true });
  await symlink(to, path);
  return to;
}

interface Place {
  readonly what: string;
  readonly move: (t: TestContext, run: FakeRun) => Promise<unknown>;
}

const places: readonly Place[] = [
  { what: 'cosmovisor/', move: (t, run) => moveAway(t, run.at()) },
  { what: 'data/', move: (t, run) => moveAway(t, join(run.home.home, 'data')) },
  { what: 'the home', move: (t, run) => moveAway(t, run.home.home) },
  { what: 'cosmovisor/upgrades/', move: (t, run) => moveAway(t, run.at('upgrades')) },
  { what: 'the directory of one upgrade', move: (t, run) => moveAway(t, run.at('upgrades/v2')) },
  {
    what: 'cosmovisor/.chainvisor/',
    move: async (t, run) => {
      await mkdir(run.at('.chainvisor'));
      await moveAway(t, run.at('.chainvisor'));
    },
  },
  {
    what: 'cosmovisor/ and data/, each on its own,',
    move: async (t, run) => {
      await moveAway(t, run.at());
      await moveAway(t, join(run.home.home, 'data'));
    },
  },
];

/** A home with both upgrades staged, and something of it on another file system. */
async function spread(t: TestContext, { move }: Place): Promise<FakeRun> {
  const run = await fakeRun(t, { profile: '0.50', chain: { plans: [v2, v3], blockTime: 40 } });
  await run.stage('v2');
  await run.stage('v3');
  await move(t, run);
  return run;
}

describe.skipIf(refused !== undefined).concurrent(title('another file system'), () => {
  it.for(places)(
    'under $what: a second supervisor is refused, each upgrade is one step, a file cut off is put back',
    async (place, t) => {
      const run = await spread(t, place);
      const supervisor = run.start();
      await run.reached(2);
      const refusedOne = run.start();
      t.expect(await refusedOne.ended).toEqual({ code: 69, signal: null });
      t.expect(refusedOne.log()).toContain(`process ${supervisor.pid} (`);
      await supervisor.saw(/upgrade verified.* plan=v3/);
      await run.reached(v3.height + 1);
      await expectCleanStop(t.expect, run, supervisor);
      await expectUpgraded(t.expect, run, [v2, v3]);
      t.expect(await stepsOf(run, v3)).toEqual(allSteps);
      await expectCurrent(t.expect, run.home.home, 'palomad', 'upgrades/v3');
      // Nothing is left of how it was placed.
      t.expect(readdirSync(run.at('upgrades/v2')).toSorted()).toEqual(['bin', 'upgrade-info.json']);
      t.expect(readdirSync(run.at()).filter((name) => name.startsWith('.'))).toEqual(['.chainvisor']);
      t.expect(readdirSync(run.at('.chainvisor')).filter((name) => /^(replace-|current)/.test(name))).toEqual([]);

      // What nobody is left to finish is kept aside, and the last good one put back.
      const whole = infoOf('0.50', v3);
      const cut = whole.slice(0, 20);
      await writeFile(run.home.infoFile, cut);

      const second = run.start();
      await second.saw(/WRN upgrade-info\.json was put back as it was last good/);
      await run.worked(4);
      await expectCleanStop(t.expect, run, second);
      t.expect(await readFile(run.home.infoFile, 'utf8')).toBe(whole);
      const [kept = '', ...others] = await readdir(run.at('.chainvisor/quarantine'));
      t.expect(others).toEqual([]);
      t.expect(await readFile(run.at('.chainvisor/quarantine', kept), 'utf8')).toBe(cut);
      t.expect(readdirSync(join(run.home.home, 'data')).filter((name) => name.includes('replace-'))).toEqual([]);
      t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v3', 'v3']);
      await expectCurrent(t.expect, run.home.home, 'palomad', 'upgrades/v3');
    },
  );

  it('that comes in between, as the home is moved while nothing runs: the upgrade goes on', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
    const first = run.start();
    t.expect(await first.ended).toEqual({ code: 68, signal: null });
    await moveAway(t, run.at());
    await run.stage('v2');
    const second = run.start();
    await second.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, second);
    await expectUpgraded(t.expect, run, [v2]);
  });
});

describe.concurrent('a link within one file system', () => {
  it('in the place of cosmovisor/ is followed, and stays one', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
    await run.stage('v2');
    await rename(run.at(), join(run.home.dir, 'binaries'));
    await symlink('../binaries', run.at());
    const supervisor = run.start();
    await supervisor.saw(/upgrade verified/);
    await run.reached(v2.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    await expectCurrent(t.expect, run.home.home, 'palomad', 'upgrades/v2');
  });
});
