import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { processesUnder } from '@chainvisor/testkit';
import { expect, it } from 'vitest';

import { contentsOf, expectHaltsAgain } from '../src/real/backups.ts';
import { expectCleanStop, startsOf, stepsOf } from '../src/real/checks.ts';
import { nodeLog, realRun, type RealRun } from '../src/real/run.ts';
import { describeRealNodes } from '../src/real/suite.ts';
import { currentOf, runProgram, type Supervisor } from '../src/supervisor.ts';

const height = 5;
const settings = { UNSAFE_SKIP_BACKUP: 'false', CHAINVISOR_BACKUP_STRATEGY: 'link' };

/** The migration fails; resolves to the command that the last error names, without the program's name. */
async function failed(run: RealRun, supervisor: Supervisor): Promise<readonly string[]> {
  expect(await supervisor.ended).toEqual({ code: 1, signal: null });
  expect(nodeLog(supervisor) + supervisor.log()).toContain('migration failed on request');
  expect(await processesUnder(run.home.path)).toEqual([]);
  expect(await currentOf(run.home.path)).toBe('upgrades/v2');
  const errors = supervisor
    .log()
    .split('\n')
    .filter((line) => line.includes(' ERR '));
  expect(errors.join('\n')).toMatch(/ ERR the new binary ended before it was seen to execute the block/u);
  const words = /chainvisor (backup restore \S+) brings genesis back at the height before/u;
  const command = errors.map((line) => words.exec(line)?.[1]).findLast((found) => found !== undefined);
  return command?.split(' ') ?? [];
}

/** The old binary has halted at the height again, before the new one has executed its block. */
function expectHaltedBefore(supervisor: Supervisor): void {
  const halted =
    /appHeight=4 [^\n]*storeHeight=5[^]*UPGRADE "v2" NEEDED at height: 5[^]*applying upgrade "v2" at height: 5/u;
  expect(nodeLog(supervisor)).toMatch(halted);
}

describeRealNodes('an upgrade whose migration fails', (suite) => {
  it('is taken back by the command that the error names: the old binary halts at the height again, and a mended one goes on', async () => {
    const run = await realRun(suite, { plans: `v2@${height}`, migrationFail: true, blockTime: '1ms' });
    const { home } = run;
    const env = home.env(settings);
    const stateFile = join(home.path, 'data/priv_validator_state.json');
    await run.stage('v2');
    const first = run.start(settings);
    const command = await failed(run, first);
    const [, backup = ''] = /path=(\S+)/u.exec(await first.saw(/ INF backed up /u)) ?? [];
    expect(command).toEqual(['backup', 'restore', basename(backup)]);
    const before = await contentsOf(backup);
    const signed = await readFile(stateFile, 'utf8');
    // It has signed for the block that it halted at, which is replayed: nothing has to be signed twice.
    expect(JSON.parse(signed)).toMatchObject({ height: String(height), step: 3 });

    const asked = await runProgram(command, env);
    expect({ code: asked.code, stdout: asked.stdout }).toEqual({ code: 64, stdout: '' });
    expect(asked.stderr).toContain('--yes');
    expect(await currentOf(home.path)).toBe('upgrades/v2');

    const restored = await runProgram([...command, '--yes'], env);
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const [aside = '', ...more] = (await readdir(home.path)).filter((name) => name.startsWith('data-before-restore-'));
    expect(more).toEqual([]);
    expect(restored.stdout).toContain(join(home.path, aside));
    expect(await currentOf(home.path)).toBe('genesis');
    expect(await readFile(stateFile, 'utf8')).toBe(signed);

    // The same binary fails the same way, and the same backup is the way back.
    const second = run.start(settings);
    expect(await failed(run, second)).toEqual(command);
    expectHaltedBefore(second);
    expect(await runProgram([...command, '--yes'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(await currentOf(home.path)).toBe('genesis');
    await expectHaltsAgain(home, suite.binaries(), height);

    const mended = run.start({ ...settings, TESTCHAIN_MIGRATION_FAIL: '' });
    await mended.saw(/upgrade verified/u);
    await home.waitForHeight(height + 3);
    await expectCleanStop(run, mended);
    expectHaltedBefore(mended);
    expect(await startsOf(run)).toEqual(Array.from({ length: 3 }, () => ['genesis', 'upgrades/v2']).flat());
    expect(await currentOf(home.path)).toBe('upgrades/v2');
    expect((await stepsOf(run, 'v2')).at(-1)).toBe('verified');
    expect(await contentsOf(backup)).toEqual(before);
    expect((await readdir(home.path)).filter((name) => name.startsWith('data-backup-'))).toEqual([basename(backup)]);
  });
});
