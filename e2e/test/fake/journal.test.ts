import { waitFor } from '@chainvisor/testkit';
import { execFileSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectUpgraded, stepsOf } from '../../src/fake-checks.ts';
import { expectCurrent, expectUpgradedOnDisk } from '../../src/fake-end.ts';
import { livesOf } from '../../src/fake-facts.ts';
import { allSteps } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun, release } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { afterKill, workedUnder } from '../../src/kill.ts';
import { scheduleSoon } from '../../src/soon.ts';
import { faultsProgram } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 6 };
const journalIn = (run: FakeRun) => run.at('.chainvisor/journal.jsonl');

const newer = '{"v":2,"kind":"upgrade","state":{"name":"v2","phase":"begun"}}';

/** What becomes of a journal, as a shell command over its path. */
interface Harm {
  readonly harm: string;
  readonly command: (path: string) => string;
  /** What the next start says of it; undefined where it has nothing to say. */
  readonly warning?: RegExp;
}

const harms: readonly Harm[] = [
  { harm: 'deleted', command: (path) => `rm -f '${path}'` },
  {
    harm: 'garbage',
    command: (path) =>
      `printf 'not JSON\\n{"v":1\\n\\000\\377{}\\n[]\\n{"v":1,"kind":"upgrade"}\\n{"v":1,"ki' > '${path}'`,
    warning: /WRN lines of the journal were passed over reason="\d+ in /,
  },
  {
    harm: 'of a newer version',
    command: (path) => `rm -f '${path}'; printf '%s\\n' '${newer}' '${newer}' > '${path}'`,
    warning:
      /WRN a newer chainvisor wrote to the journal: what it recorded is not known here, disk decides reason="2 lines/,
  },
  {
    harm: 'a directory',
    // The supervisor may write the file again in between.
    command: (path) => `rm -f '${path}'; until mkdir '${path}'; do rm -f '${path}'; done`,
    warning: /WRN the journal cannot be (read|written): going on by what is on disk.*EISDIR/,
  },
];

/** Releases that do the harm at one of their commands, called as the shell script that stands before them. */
async function stageWith(run: FakeRun, command: string, harm: string): Promise<string> {
  const real = join(run.home.dir, 'real/palomad');
  await run.home.install(real, { ...release(run.profile, 'v2'), preUpgrade: 0 });
  const once = join(run.home.dir, 'harmed');
  await writeScript(
    run.at('upgrades/v2/bin/palomad'),
    `if [ "$1" = '${command}' ] && [ ! -e '${once}' ]; then touch '${once}'; ${harm}; fi
    exec '${real}' "$@"`,
  );
  return real;
}

/** When the harm is done, while the supervisor runs. */
interface Phase {
  readonly phase: string;
  /** Prepares it; resolves to what does it later, where the test itself does. */
  readonly prepare: (run: FakeRun, harm: string) => Promise<unknown>;
}

const phases: readonly Phase[] = [
  {
    phase: 'before the height',
    prepare: async (run, harm) => {
      await run.stage('v2', { preUpgrade: 0 });
      return () => execFileSync('sh', ['-c', harm]);
    },
  },
  {
    phase: 'by the custom script',
    prepare: async (run, harm) => {
      await run.stage('v2', { preUpgrade: 0 });
      await writeScript(run.at('pre.sh'), harm);
    },
  },
  { phase: 'by pre-upgrade', prepare: (run, harm) => stageWith(run, 'pre-upgrade', harm) },
  { phase: 'after the switch', prepare: (run, harm) => stageWith(run, 'start', harm) },
];

describe.concurrent('a journal that is harmed under a running supervisor', () => {
  const cases = phases.flatMap((phase) => harms.map((harm) => ({ ...phase, ...harm })));

  it.for(cases)('changes nothing of the upgrade, nor of the next start: $harm $phase', async (each, t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    await writeScript(run.at('pre.sh'), 'exit 0');
    const path = journalIn(run);
    const now = await each.prepare(run, each.command(path));
    const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
    const supervisor = run.start(env);
    await run.reached(2);
    if (typeof now === 'function') (now as () => void)();
    const plan = await scheduleSoon(run, 'v2');
    await supervisor.saw(/upgrade verified/);
    await run.reached(plan.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgradedOnDisk(t.expect, run, [plan]);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2']);
    // Deleted, it is written again as a whole.
    if (each.harm === 'deleted') t.expect((await stepsOf(run, plan)).at(-1)).toBe('verified');

    const again = run.start(env);
    if (each.warning !== undefined) await again.saw(each.warning);
    await run.worked(3);
    await expectCleanStop(t.expect, run, again);
    await expectUpgradedOnDisk(t.expect, run, [plan]);
    t.expect(again.log()).not.toMatch(/upgrade detected|finishing an upgrade|switched/);
    t.expect(livesOf(await run.home.events()).map(({ version }) => version)).toEqual(['v1', 'v2', 'v2']);
    if (each.harm === 'of a newer version') t.expect((await readLines(path)).slice(0, 2)).toEqual([newer, newer]);
  });
});

describe.concurrent('a journal that is deleted under a running supervisor', () => {
  it('is there again with all of its records', async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    await run.stage('v2');
    const supervisor = run.start();
    await run.reached(2);
    await rm(run.at('.chainvisor'), { recursive: true });
    const plan = await scheduleSoon(run, 'v2');
    await supervisor.saw(/upgrade verified/);
    await waitFor('the last step on record', async () => (await stepsOf(run, plan)).includes('verified'));
    t.expect(await stepsOf(run, plan)).toEqual(allSteps);
    const [first = '', second = ''] = await readLines(journalIn(run));
    t.expect([JSON.parse(first), JSON.parse(second)]).toMatchObject([
      { kind: 'current', target: 'genesis' },
      { kind: 'started', target: 'genesis' },
    ]);
    // The locks that went with it still exclude.
    const other = run.start();
    t.expect(await other.ended).toEqual({ code: 69, signal: null });
    await run.reached(plan.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [plan]);
  });
});

/** Where a supervisor is killed, and whether the link has moved by then. */
const points = [
  { point: 'detected-recorded', at: 'genesis' },
  { point: 'stopped-recorded', at: 'genesis' },
  { point: 'script-recorded', at: 'genesis' },
  { point: 'pre-upgrade-recorded', at: 'genesis' },
  { point: 'plan-placed', at: 'genesis' },
  { point: 'switched', at: 'upgrades/v2' },
  { point: 'switch-recorded', at: 'upgrades/v2' },
  { point: 'verifying', at: 'upgrades/v2' },
] as const;

/** Runs to the point, harms the journal while nobody runs, and goes on. */
async function cutOff(t: TestContext, { point, at }: (typeof points)[number], { command, warning }: Harm) {
  const run = await fakeRun(t, { chain: { plans: [v2], blockTime: 40 } });
  await run.stage('v2', { preUpgrade: 0 });
  const trace = join(run.home.dir, 'trace');
  await writeScript(run.at('pre.sh'), `echo "$CHAINVISOR_ATTEMPT" >> '${trace}'`);
  const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
  const first = run.start({ ...env, FAULT_POINT: `${point}:kill` }, faultsProgram);
  await afterKill(run, first, 'killed too');
  await expectCurrent(t.expect, run.home.home, 'palomad', at);
  execFileSync('sh', ['-c', command(journalIn(run))]);

  const second = run.start(env);
  if (warning !== undefined) await second.saw(warning);
  await workedUnder(run, second, 'v2', v2.height);
  await expectCleanStop(t.expect, run, second);
  await expectUpgradedOnDiskAfterKill(t, run);
  // At least once; after a switch not once more.
  const attempts = await readLines(trace);
  const switched = at !== 'genesis';
  t.expect(attempts.length).toBeGreaterThanOrEqual(1);
  t.expect(attempts.length).toBeLessThanOrEqual(switched ? 1 : 2);
}

/** Nobody tells of the end of a node that was killed: so no `overlaps` here. */
async function expectUpgradedOnDiskAfterKill(t: TestContext, run: FakeRun): Promise<void> {
  const order = livesOf(await run.home.events()).map(({ version }) => version);
  t.expect(order).toEqual(order.toSorted());
  await expectCurrent(t.expect, run.home.home, 'palomad', 'upgrades/v2');
  t.expect(JSON.parse(await readFile(run.at('upgrades/v2/upgrade-info.json'), 'utf8'))).toMatchObject(v2);
}

describe.concurrent('an upgrade that is cut off, and its journal harmed before the next start', () => {
  it.for(points)('is finished from disk alone: at $point, deleted', (point, t) => cutOff(t, point, harms[0] as Harm));

  const some = points.filter(({ point }) => ['script-recorded', 'plan-placed', 'switched'].includes(point));
  const cases = some.flatMap((point) => harms.slice(1).map((harm) => ({ ...point, ...harm })));
  it.for(cases)('is finished from disk alone: at $point, $harm', (each, t) => cutOff(t, each, each));
});
