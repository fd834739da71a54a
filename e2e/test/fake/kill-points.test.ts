import { type FaultPointName, faultPoints } from '@chainvisor/testkit';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import { backupsIn, expectBackedUp, withBackup } from '../../src/fake-backups.ts';
import { expectCleanStop, expectUpgraded } from '../../src/fake-checks.ts';
import { only } from '../../src/fake-facts.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { afterKill, fates, watchRun, workedUnder } from '../../src/kill.ts';
import { expectAllPolite, expectSameEnd, verifiedOnRecord } from '../../src/kill-checks.ts';
import { faultsProgram } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 3 });

const v2 = { name: 'v2', height: 6 };
const env = { ...withBackup, COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh', DAEMON_RESTART_DELAY: '50ms' };
const names = faultPoints.map(({ name }) => name);

/** A home with v2 staged and a custom script that writes down its attempts. */
async function prepared(t: Parameters<typeof fakeRun>[0]): Promise<{ run: FakeRun; trace: string }> {
  const run = await fakeRun(t, { chain: { plans: [v2] } });
  await run.stage('v2', { preUpgrade: 0 });
  const trace = join(run.home.dir, 'trace');
  await writeScript(run.at('pre.sh'), `echo "$CHAINVISOR_ATTEMPT" >> "${trace}"`);
  return { run, trace };
}

/** How often the custom script says it was begun: only one that was cut off between its end and the record runs twice. */
function attemptsAfter(point: FaultPointName): string[] {
  if (point === 'script-begun') return ['2'];
  return point === 'script-ran' ? ['1', '2'] : ['1'];
}

describe.concurrent('an undisturbed upgrade', () => {
  it('passes every fault point, in the order of the list', async (t) => {
    const { run, trace } = await prepared(t);
    const passed = join(run.home.dir, 'passed');
    const supervisor = run.start({ ...env, FAULT_LOG: passed }, faultsProgram);
    await supervisor.saw(/upgrade verified/);
    await workedUnder(run, supervisor, 'v2', v2.height);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(await readLines(trace)).toEqual(['1']);
    const firsts = [...new Set(await readLines(passed))];
    t.expect(firsts.toSorted()).toEqual(names.toSorted());
    // What need not be waited for may come on record a little later.
    const isRecord = (name: string) => name.endsWith('-recorded');
    t.expect(firsts.filter((name) => !isRecord(name))).toEqual(names.filter((name) => !isRecord(name)));
    const early = names.filter(
      (name, index) => isRecord(name) && firsts.indexOf(name) < firsts.indexOf(names[index - 1] ?? ''),
    );
    t.expect(early).toEqual([]);
  });
});

describe.concurrent('a supervisor that is killed ends as one that is not', () => {
  const once = names.map((point) => ({ point, passing: 1 }));
  // The upgraded node's start.
  const again = (['starting', 'started', 'start-recorded'] as const).map((point) => ({ point, passing: 2 }));
  const cases = [...once, ...again].flatMap((each) => fates.map((fate) => ({ ...each, fate })));

  it.for(cases)('at $point, passed $passing times, the node $fate', async ({ point, passing, fate }, t) => {
    const { run, trace } = await prepared(t);
    const watch = await watchRun(t, run);
    const first = run.start({ ...env, FAULT_POINT: `${point}#${passing}:kill` }, faultsProgram);
    await afterKill(run, first, fate);

    const second = run.start(env);
    await workedUnder(run, second, 'v2', v2.height);
    await verifiedOnRecord(run, v2);
    await expectCleanStop(t.expect, run, second);
    await expectSameEnd(t.expect, run, [v2], { watch, nodeKills: fate === 'killed too' ? 1 : 0 });
    if (fate === 'left alive') await expectAllPolite(t.expect, run);
    t.expect(await readLines(trace)).toEqual(attemptsAfter(point));
    await expectBackedUp(t.expect, run, [v2]);
    t.expect(await backupsIn(run)).toHaveLength(1);
    const prepares = only(await run.home.events(), 'command').filter(({ args }) => args[0] === 'pre-upgrade');
    t.expect(prepares).toHaveLength(point === 'pre-upgrade-ran' ? 2 : 1);
  });
});
