import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { processesUnder, waitFor } from '@chainvisor/testkit';
import { expect, it, onTestFinished } from 'vitest';

import { startBareNode } from '../src/real/bare-node.ts';
import { expectCleanStop } from '../src/real/checks.ts';
import { nodeLog, realRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';

describeRealNodes('a home', (suite) => {
  it('has one supervisor: a second is refused, naming the first, which goes on', async () => {
    const run = await realRun(suite);
    const first = run.start();
    await run.home.waitForHeight(2);
    const second = run.start();
    expect(await second.ended).toEqual({ code: 69, signal: null });
    expect(second.log()).toMatch(new RegExp(`^Error: .*\\b${first.pid}\\b`, 'mu'));
    await run.home.waitForHeight(4);
    expect(nodeLog(first)).not.toContain('caught signal');
    await expectCleanStop(run, first);
  });

  it('with a node that was started by hand is refused, naming it, and it lives on', async () => {
    const run = await realRun(suite);
    const node = await startBareNode(run.home, run.at('genesis/bin', run.home.daemon));
    await run.home.waitForHeight(2);
    const refused = run.start();
    expect(await refused.ended).toEqual({ code: 69, signal: null });
    expect(refused.log()).toMatch(new RegExp(`in use by process ${node.pid},`, 'u'));
    await run.home.waitForHeight(4);
    expect(await node.log()).not.toContain('caught signal');
    expect(await node.stop()).toEqual({ code: 0, signal: null });

    const next = run.start();
    await run.home.waitForHeight(6);
    await expectCleanStop(run, next);
    expect(await processesUnder(run.home.path)).toEqual([]);
  });

  it('of which a command like export has a database open is refused, and the command is left alone', async () => {
    const run = await realRun(suite);
    const first = run.start();
    await run.home.waitForHeight(3);
    await expectCleanStop(run, first);
    // The node's databases are goleveldb, which takes this very lock for as long as an export lasts.
    const lock = join(run.home.path, 'data/application.db/LOCK');
    const held = join(run.home.env()['TMPDIR'] ?? '', 'held');
    const command = spawn('flock', [lock, 'sh', '-c', 'touch "$0"; exec sleep 600', held], { stdio: 'ignore' });
    onTestFinished(() => void command.kill('SIGKILL'));
    await waitFor('the lock', () => existsSync(held));
    const refused = run.start();
    expect(await refused.ended).toEqual({ code: 69, signal: null });
    expect(refused.log()).toContain(lock);
    expect([command.exitCode, command.signalCode]).toEqual([null, null]);
  });
});
