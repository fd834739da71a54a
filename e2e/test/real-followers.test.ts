import { expect, it } from 'vitest';

import { expectCleanStop, expectUpgraded, proofOf } from '../src/real/checks.ts';
import { follow } from '../src/real/follower.ts';
import { nodeLog, realRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';

describeRealNodes('a full node that catches up', (suite) => {
  it('is upgraded at the height, where the old binary crashes instead of halting', async () => {
    const validator = await realRun(suite, { plans: 'v2@5' });
    const full = await realRun(suite, { plans: 'v2@5' });
    await follow(full.home, validator.home);
    for (const run of [validator, full]) await run.stage('v2');
    const ahead = validator.start();
    await ahead.saw(/upgrade verified/u);
    await validator.home.waitForHeight(7);

    const behind = full.start();
    await behind.saw(/upgrade verified/u);
    await full.home.waitForHeight(7);
    for (const [run, supervisor] of [
      [full, behind],
      [validator, ahead],
    ] as const) {
      await expectCleanStop(run, supervisor);
      await expectUpgraded(run, [{ name: 'v2', height: 5 }]);
    }
    expect(nodeLog(behind)).toContain('This node is not a validator');
    expect(behind.log()).toMatch(
      /^panic: Failed to process committed block \(5:\w+\): UPGRADE "v2" NEEDED at height: 5/mu,
    );
    expect(behind.log()).toMatch(/ INF node (?:ended|stopped) .*how="exited with code 2"/u);
    // The second is what an answer tells that came between the block's storing and the crash.
    expect(await proofOf(full, 'v2')).toMatch(/^the node wrote the file and ended by itself$|^status says height 5$/u);
  });
});
