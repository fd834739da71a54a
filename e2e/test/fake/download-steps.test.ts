import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import {
  attach,
  type DiskStep,
  disturbing,
  oneWorker,
  readSteps,
  recording,
  straceRefused,
} from '../../src/disk-steps.ts';
import { expectCleanStop, expectGivenUp, expectNothingDone, expectUpgraded } from '../../src/fake-checks.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { heldDocument } from '../../src/held-document.ts';
import { checksumQuery, infoWith, releaseBytes, releaseServer } from '../../src/releases.ts';
import { flawOf, leftovers } from '../../src/stager.ts';
import { currentOf, type Supervisor } from '../../src/supervisor.ts';
import { titled } from '../../src/titled.ts';

vi.setConfig({ maxConcurrency: 2 });

const refused = straceRefused();
const title = (text: string) => titled(text, refused);

const slow = { timeout: 600_000 };
/** How many runs of one test go on at a time. */
const lanes = 2;
/** Each of them is a whole upgrade: not every step is tried, but those around the rename that makes it are. */
const every = 4;

const required = {
  ...oneWorker,
  DAEMON_ALLOW_DOWNLOAD_BINARIES: 'true',
  DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM: 'true',
};

const plan = { name: 'v2', height: 5 };

/** A supervisor whose node has ended at the upgrade, and which downloads what is missing for that, with strace at it. */
async function atDownload(
  t: TestContext,
  strace: (run: FakeRun) => readonly string[],
): Promise<{ run: FakeRun; supervisor: Supervisor }> {
  const server = await releaseServer(t);
  const content = await releaseBytes('0.53', plan.name);
  const document = Buffer.from(infoWith(server.serve('/palomad', content) + checksumQuery(content)));
  const held = await heldDocument(t, document);
  const info = held.url + checksumQuery(document);
  const run = await fakeRun(t, { chain: { plans: [{ ...plan, info }] } });
  const supervisor = run.start(required);
  await held.asked;
  await attach(t, supervisor.pid, strace(run));
  held.release();
  return { run, supervisor };
}

async function expectDone(t: TestContext, run: FakeRun, supervisor: Supervisor): Promise<void> {
  await supervisor.saw(/upgrade verified/);
  await run.reached(plan.height + 1);
  await expectCleanStop(t.expect, run, supervisor);
  await expectUpgraded(t.expect, run, [{ ...plan, info: await infoOfPlan(run) }]);
}

/** What the node has written into its file. */
async function infoOfPlan({ home }: FakeRun): Promise<string> {
  const { info } = JSON.parse(await readFile(home.infoFile, 'utf8')) as { info: string };
  return info;
}

/** The steps of an undisturbed download. */
async function stepsOfDownload(t: TestContext): Promise<readonly DiskStep[]> {
  const log = (run: FakeRun) => join(run.home.dir, 'strace');
  const { run, supervisor } = await atDownload(t, (its) => recording(log(its)));
  await expectDone(t, run, supervisor);
  const trace = await readFile(log(run), 'utf8');
  // The last thing of it is that its directory is removed.
  const end = trace.indexOf('\n', trace.lastIndexOf('/.chainvisor/staging/'));
  return readSteps(trace.slice(0, end));
}

function chosen(steps: readonly DiskStep[]): readonly DiskStep[] {
  const placing = steps.findIndex(({ shown }) => /^rename.*\/upgrades\/v2"\)/.test(shown));
  return steps.filter((_, index) => index % every === 0 || Math.abs(index - placing) <= 1);
}

/** Looks at what a disturbed download has come to, and resolves to who makes the upgrade now. `where` is for messages. */
type Check = (run: FakeRun, supervisor: Supervisor, step: DiskStep, where: string) => Promise<Supervisor>;

/** Disturbs downloads at steps; the upgrade must pass nevertheless. */
async function atSteps(t: TestContext, fault: string, steps: readonly DiskStep[], check: Check): Promise<void> {
  t.expect(steps.length).toBeGreaterThan(5);
  const left = [...steps.entries()];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, step] = next;
      const where = `${fault} at step ${index + 1} of ${steps.length}, ${step.call} ${step.nth}: ${step.shown}`;
      const { run, supervisor } = await atDownload(t, () => disturbing(step, fault));
      const last = await check(run, supervisor, step, where);
      const isThere = existsSync(run.at('upgrades/v2'));
      if (isThere) t.expect(await flawOf(run, 'v2'), where).toBeUndefined();
      await expectDone(t, run, last);
      // Where nothing had to be downloaded any more, there was no reason to look for what is left of one.
      if (!isThere) t.expect(await leftovers(run), where).toEqual([]);
    }
  };
  await Promise.all(Array.from({ length: lanes }, work));
}

describe.concurrent('a download at the height', () => {
  it.skipIf(refused !== undefined)(
    title('that kill -9 cuts off at a step leaves nothing or all, and the next start upgrades'),
    slow,
    async (t) => {
      const found = { nothing: 0, all: 0 };
      await atSteps(t, 'signal=SIGKILL', chosen(await stepsOfDownload(t)), async (run, supervisor, _, where) => {
        t.expect(await supervisor.ended, where).toEqual({ code: null, signal: 'SIGKILL' });
        t.expect(await currentOf(run.home.home), where).toBe('genesis');
        found[existsSync(run.at('upgrades/v2')) ? 'all' : 'nothing'] += 1;
        return run.start(required);
      });
      t.expect(found.nothing).toBeGreaterThan(3);
      t.expect(found.all).toBeGreaterThan(0);
    },
  );

  it.skipIf(refused !== undefined)(
    title('that meets a full disk at a step is named and leaves nothing, and the next start upgrades'),
    slow,
    async (t) => {
      const isRemoving = ({ call }: DiskStep) => /^(?:rmdir|unlink)/.test(call);
      const steps = chosen((await stepsOfDownload(t)).filter((step) => !isRemoving(step)));
      await atSteps(t, 'error=ENOSPC', steps, async (run, supervisor, { shown }, where) => {
        // In its place already, and written out once more by the switch to it: the upgrade goes on.
        if (shown.includes('/cosmovisor/upgrades>')) return supervisor;
        t.expect(await supervisor.ended, where).toEqual({ code: 68, signal: null });
        await expectGivenUp(t.expect, run, supervisor, 68, [
          /its binary is missing: .*, and the download failed\n {2}why: .*ENOSPC: no space left on device/,
          /\n {2}do: (?:the file system is full: free some space|make .* writable for this user, with space left)\n/,
        ]);
        await expectNothingDone(t.expect, run, plan);
        t.expect(existsSync(run.at('upgrades/v2')), where).toBe(false);
        t.expect(await leftovers(run), where).toEqual([]);
        return run.start(required);
      });
    },
  );
});
