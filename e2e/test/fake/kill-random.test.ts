import { type FakePlan, killTimes, type Profile, untilPlan } from '@chainvisor/testkit';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, vi } from 'vitest';

import { expectCleanStop } from '../../src/fake-checks.ts';
import { fakeRun } from '../../src/fake-run.ts';
import { afterKill, fates, watchRun, whileRunning, workedUnder } from '../../src/kill.ts';
import { expectSameEnd, verifiedOnRecord } from '../../src/kill-checks.ts';

vi.setConfig({ maxConcurrency: 4 });

const profiles: readonly Profile[] = ['0.45', '0.47', '0.50', '0.53', '0.45', '0.47', '0.50', '0.53'];
const killsPerHome = 25;
/** Milliseconds from the file on: longer than an undisturbed upgrade of a fake node takes. */
const within = 600;

// Another one each time, told in the title; KILL_SEED runs one again.
const seed = Number(process.env['KILL_SEED'] ?? randomInt(1_000_000));
const times = killTimes({ count: profiles.length * killsPerHome, seed, within });
const homes = profiles.flatMap((profile, index) =>
  fates.map((fate) => ({
    profile,
    fate,
    home: index + 1,
    kills: times.slice(index * killsPerHome, (index + 1) * killsPerHome),
  })),
);

/** v2, v3 and so on, six blocks apart: one for each kill. */
const plans: readonly FakePlan[] = Array.from({ length: killsPerHome }, (_, index) => ({
  name: `v${index + 2}`,
  height: 6 * (index + 1),
}));
const last = plans.at(-1) ?? { name: '', height: 0 };

describe.concurrent(
  `${killsPerHome} upgrades, at each the supervisor is killed at a random time (KILL_SEED=${seed})`,
  () => {
    it.for(homes)(
      'home $home, SDK $profile, its node $fate',
      { timeout: 900_000 },
      async ({ profile, fate, kills }, t) => {
        const run = await fakeRun(t, { profile, chain: { plans, blockTime: 30 } });
        for (const { name } of plans) await run.stage(name, { preUpgrade: 0 });
        const watch = await watchRun(t, run);
        let supervisor = run.start();
        for (const [index, { height }] of plans.entries()) {
          await whileRunning(supervisor, untilPlan(run.home.infoFile, height, 90_000));
          await sleep(kills[index]);
          supervisor.kill('SIGKILL');
          await afterKill(run, supervisor, fate);
          supervisor = run.start();
        }
        await workedUnder(run, supervisor, last.name, last.height);
        await verifiedOnRecord(run, last);
        await expectCleanStop(t.expect, run, supervisor);
        await expectSameEnd(t.expect, run, plans, { watch, nodeKills: fate === 'killed too' ? killsPerHome : 0 });
      },
    );
  },
);
