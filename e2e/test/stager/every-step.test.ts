import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { type DiskStep, disturbing, oneWorker, readSteps, recording, straceRefused } from '../../src/disk-steps.ts';
import { flawOf, leftovers, type StagerEnd, type StagerRun, stagerRun, upgradesOf } from '../../src/stager.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 2 });

const refused = straceRefused();
const title = (text: string) => titled(text, refused);

const silent = { code: 0, signal: null, stdout: '', stderr: '' };

/** How many homes share the steps of one test. */
const lanes = 2;

const slow = { timeout: 600_000 };

/** No chunk of a socket is larger than 64 KiB: at least so many arrive of the archive, however it is cut on its way. */
const certainChunks = 4;

/** What is in the home before the upgrade is staged. */
type Before = (all: StagerRun) => Promise<void>;

const nothing: Before = () => Promise.resolve();

/** A download of somebody else's that failed, and a file beside it that is not ours to lose. */
const failedDownload: Before = async ({ run }) => {
  await mkdir(run.at('upgrades/v2/bin'), { recursive: true });
  await writeFile(run.at('upgrades/v2/bin/palomad'), 'half of a download');
  await writeFile(run.at('upgrades/v2/notes'), 'mine');
};

async function prepare(all: StagerRun, before: Before): Promise<void> {
  await rm(all.run.at('.chainvisor'), { recursive: true, force: true });
  await rm(all.run.at('upgrades'), { recursive: true });
  await mkdir(all.run.at('upgrades'));
  await before(all);
}

/** All steps of an undisturbed run. */
async function stepsOfStage(t: TestContext, all: StagerRun, before: Before): Promise<readonly DiskStep[]> {
  await prepare(all, before);
  const log = join(all.run.home.dir, 'strace');
  const { code, stderr } = await all.start(['stage', 'v2'], oneWorker, ['/usr/bin/env', ...recording(log)]).ended;
  t.expect([code, stderr]).toEqual([0, '']);
  const steps = readSteps(await readFile(log, 'utf8'));
  t.expect(steps.filter(({ shown }) => /^rename.*\/upgrades\/v2"\)/.test(shown))).toHaveLength(1);
  return steps.filter(({ call, nth }) => call !== 'pwrite64' || nth <= certainChunks);
}

/** How the runs of a test are disturbed, and what is looked at. */
interface Disturbance {
  /** In strace's words. */
  readonly fault: string;
  readonly before?: Before;
  /** Of all steps, those at which a run is disturbed. */
  readonly choose?: (steps: readonly DiskStep[]) => readonly DiskStep[];
  /** Looks at what a disturbed run has come to. `where` is for messages. */
  readonly check: (all: StagerRun, end: StagerEnd, step: DiskStep, where: string) => Promise<void>;
}

/** Disturbs a run at each step, and lets an undisturbed one follow, which must end right. */
async function atEachStep(t: TestContext, disturbance: Disturbance): Promise<void> {
  const { fault, before = nothing, choose = (steps: readonly DiskStep[]) => steps, check } = disturbance;
  const homes = await Promise.all(Array.from({ length: lanes }, () => stagerRun(t)));
  for (const all of homes) await all.publish('v2');
  const steps = choose(await stepsOfStage(t, homes[0] as StagerRun, before));
  t.expect(steps).not.toEqual([]);
  const atStepsOf = async (all: StagerRun, lane: number) => {
    for (const [index, step] of steps.entries()) {
      if (index % lanes !== lane) continue;
      const where = `${fault} at step ${index + 1} of ${steps.length}, ${step.call} ${step.nth}: ${step.shown}`;
      await prepare(all, before);
      const end = await all.start(['stage', 'v2'], oneWorker, ['/usr/bin/env', ...disturbing(step, fault)]).ended;
      await check(all, end, step, where);
      const isStaged = (await flawOf(all.run, 'v2')) === undefined;
      const next = await all.stager(['stage', 'v2']);
      t.expect({ ...next, stdout: next.stdout !== '' }, where).toEqual({ ...silent, stdout: !isStaged });
      t.expect(await upgradesOf(all.run), where).toEqual(['v2']);
      t.expect(await flawOf(all.run, 'v2'), where).toBeUndefined();
      t.expect(await leftovers(all.run), where).toEqual([]);
    }
  };
  await Promise.all(homes.map(atStepsOf));
}

/** From the one on that first touches what was there before: those until then are the same whatever was there. */
function ofReplacing(steps: readonly DiskStep[]): readonly DiskStep[] {
  return steps.slice(steps.findIndex(({ shown }) => shown.includes('/upgrade/staged.json')));
}

/** Whether all of the new upgrade is in its place; fails where a part of it is. */
async function isPlaced(t: TestContext, { run }: StagerRun, where: string): Promise<boolean> {
  const names = await upgradesOf(run);
  if (names.length === 0) return false;
  t.expect(names, where).toEqual(['v2']);
  t.expect(await flawOf(run, 'v2'), where).toBeUndefined();
  return true;
}

/** The same where a failed download was there before, of which nothing may get lost. */
async function isReplaced(t: TestContext, { run }: StagerRun, where: string): Promise<boolean> {
  const quarantined = (await readdir(run.at('.chainvisor/quarantine')).catch(() => [])).map((name) =>
    run.at('.chainvisor/quarantine', name),
  );
  const isThere = existsSync(run.at('upgrades/v2'));
  t.expect(quarantined, where).toHaveLength((await flawOf(run, 'v2')) === undefined || !isThere ? 1 : 0);
  const old = quarantined[0] ?? run.at('upgrades/v2');
  t.expect(await readFile(join(old, 'bin/palomad'), 'utf8'), where).toBe('half of a download');
  t.expect(await readFile(join(old, 'notes'), 'utf8'), where).toBe('mine');
  return quarantined.length > 0 && isThere;
}

describe.concurrent('kill -9 at every step', () => {
  const killed = { code: null, signal: 'SIGKILL', stdout: '', stderr: '' };

  it.skipIf(refused !== undefined)(
    title('shows nothing or all of the upgrade, and the next run ends right'),
    slow,
    async (t) => {
      const found = { nothing: 0, all: 0 };
      await atEachStep(t, {
        fault: 'signal=SIGKILL',
        async check(all, end, _, where) {
          t.expect(end, where).toEqual(killed);
          found[(await isPlaced(t, all, where)) ? 'all' : 'nothing'] += 1;
        },
      });
      t.expect(found.nothing).toBeGreaterThan(20);
      t.expect(found.all).toBeGreaterThan(0);
    },
  );

  it.skipIf(refused !== undefined)(
    title('loses nothing of what a failed download has left in its place'),
    slow,
    async (t) => {
      const found = { old: 0, new: 0 };
      await atEachStep(t, {
        fault: 'signal=SIGKILL',
        before: failedDownload,
        choose: ofReplacing,
        async check(all, end, _, where) {
          t.expect(end, where).toEqual(killed);
          found[(await isReplaced(t, all, where)) ? 'new' : 'old'] += 1;
        },
      });
      t.expect(found.old).toBeGreaterThan(0);
      t.expect(found.new).toBeGreaterThan(0);
    },
  );
});

/** Steps that it does without: what they would remove, the next run removes. */
const dispensable = ['rmdir', 'unlink', 'unlinkat'];

/** Whether it writes out the name of what is in its place already. */
function isAfterPlacing({ call, shown }: DiskStep): boolean {
  return call === 'fsync' && shown.includes('/cosmovisor/upgrades>');
}

const full = {
  said: /ENOSPC: no space left on device/,
  hint: /\n {2}do: (?:the file system is full: free some space|make .* writable for this user, with space left)$/m,
};
const quota = {
  said: /Unknown system error -122/,
  hint: /\n {2}do: (?:the disk quota is used up: free some space|make .* writable for this user, with space left)$/m,
};

describe.concurrent('a disk that refuses a step', () => {
  it.skipIf(refused !== undefined).for([
    { what: 'it is full', fault: 'error=ENOSPC', ...full, state: isPlaced },
    {
      what: 'it is full, and a failed download lies in the place',
      fault: 'error=ENOSPC',
      ...full,
      state: isReplaced,
      before: failedDownload,
      choose: ofReplacing,
    },
    {
      what: 'the quota is used up',
      fault: 'error=EDQUOT',
      ...quota,
      state: isPlaced,
      // What becomes of an error does not depend on which it is: only its hint does.
      choose: (steps: readonly DiskStep[]) => steps.filter((_, index) => index % 6 === 0),
    },
  ])(title('is named, nothing is half done, and the next run ends right: $what'), slow, async (row, t) => {
    const { said, hint, state } = row;
    await atEachStep(t, {
      ...row,
      async check(all, end, step, where) {
        if (dispensable.includes(step.call)) {
          t.expect(end, where).toMatchObject({ code: 0, stderr: '' });
          t.expect(await state(t, all, where), where).toBe(true);
          return;
        }
        t.expect([end.code, end.stdout], where).toEqual([66, '']);
        t.expect(end.stderr, where).toMatch(said);
        t.expect(end.stderr, where).toMatch(hint);
        t.expect(await state(t, all, where), where).toBe(isAfterPlacing(step));
        t.expect(await leftovers(all.run), where).toEqual([]);
      },
    });
  });
});
