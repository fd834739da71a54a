import { processesUnder } from '@chainvisor/testkit';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';

import {
  expectCleanStop,
  expectGivenUp,
  expectMended,
  expectNothingDone,
  expectUpgraded,
  stepsOf,
} from '../../src/fake-checks.ts';
import { only } from '../../src/fake-facts.ts';
import { fakeRun, release } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { currentOf } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const v2 = { name: 'v2', height: 5 };

describe.concurrent('the custom script', () => {
  const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' };
  const hurried = { ...env, CHAINVISOR_PREUPGRADE_TIMEOUT: '1s' };

  it('is run once between the end of the old node and the switch, in the home, with name, height and attempt', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const trace = join(run.home.dir, 'trace');
    await writeScript(
      run.at('pre.sh'),
      `
      printf '%s\\n' "$#" "$1" "$2" "$(pwd)" "$CHAINVISOR_ATTEMPT" "$DAEMON_NAME" "$(readlink cosmovisor/current)" >> "${trace}"
      tail -n 1 fake-events.jsonl | grep -o '"event":"end"' >> "${trace}"
      echo said on stdout
      echo said on stderr >&2`,
    );
    const supervisor = run.start(env);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
    const told = ['2', 'v2', '5', run.home.home, '1', 'palomad', 'genesis', '"event":"end"'];
    t.expect(await readLines(trace)).toEqual(told);
    t.expect(supervisor.output()).toContain('said on stdout\n');
    t.expect(supervisor.log()).toContain('said on stderr\n');
    const steps = ['detected', 'stopped', 'script-begun', 'script-done', 'pre-upgrade-done', 'switched', 'verified'];
    t.expect(await stepsOf(run, v2)).toEqual(steps);
  });

  it.for([
    { title: 'is missing', place: (path: string) => rm(path, { force: true }), said: [/no such file/] },
    {
      title: 'is not executable',
      place: (path: string) => writeScript(path, 'exit 0', 0o644),
      said: [/mode 0644: run chmod \+x/],
    },
    {
      title: 'fails',
      place: (path: string) => writeScript(path, 'echo no space left >&2\nexit 3'),
      said: [/exited with code 3/, /nothing was switched/],
    },
    { title: 'is killed', place: (path: string) => writeScript(path, 'kill -9 $$'), said: [/was ended by SIGKILL/] },
    {
      title: 'takes too long',
      place: (path: string) => writeScript(path, 'sleep 600'),
      said: [/took longer than 1000ms/],
    },
  ])('that $title stops the upgrade; mended, it goes on', async ({ title, place, said }, t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    await place(run.at('pre.sh'));
    const supervisor = run.start(title === 'takes too long' ? hurried : env);
    await expectGivenUp(t.expect, run, supervisor, 71, [
      'upgrade "v2" at height 5',
      run.at('pre.sh'),
      /\n {2}do: /,
      ...said,
    ]);
    await expectNothingDone(t.expect, run, v2);
    t.expect(only(await run.home.events(), 'command')).toEqual([]);

    await writeScript(run.at('pre.sh'), 'exit 0');
    await expectMended(t.expect, run, v2, env);
  });

  it('is run again where it failed, told the attempt, and not again where it succeeded', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2', { preUpgrade: 7 });
    const trace = join(run.home.dir, 'trace');
    await writeScript(run.at('pre.sh'), `echo "$CHAINVISOR_ATTEMPT" >> "${trace}"\nexit 3`);
    await expectGivenUp(t.expect, run, run.start(env), 71, [/exited with code 3/]);
    await writeScript(run.at('pre.sh'), `echo "$CHAINVISOR_ATTEMPT" >> "${trace}"`);
    await expectGivenUp(t.expect, run, run.start(env), 72, [/pre-upgrade failed/]);
    await expectNothingDone(t.expect, run, v2);

    await run.stage('v2', { preUpgrade: 0 });
    await expectMended(t.expect, run, v2, env);
    t.expect(await readLines(trace)).toEqual(['1', '2']);
    t.expect(run.log()).toContain('the custom script has already succeeded for this upgrade');
  });

  it('may bring the binary itself', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const brought = join(run.home.dir, 'opt/palomad');
    await run.home.install(brought, release(run.profile, 'v2'));
    await writeScript(
      run.at('pre.sh'),
      `
      mkdir -p "cosmovisor/upgrades/$1/bin"
      cp "${brought}" "cosmovisor/upgrades/$1/bin/"`,
    );
    const supervisor = run.start(env);
    await supervisor.saw(/no binary that can run yet: the custom script may bring it/);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2]);
  });

  it('that brings no binary where there is none stops the upgrade', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await writeScript(run.at('pre.sh'), 'exit 0');
    const path = run.at('upgrades/v2/bin/palomad');
    await expectGivenUp(t.expect, run, run.start(env), 68, [`its binary is missing: ${path}`, /start again/]);
    await expectNothingDone(t.expect, run, v2);

    await run.stage('v2');
    await expectMended(t.expect, run, v2, env);
  });

  it('takes what it started with it when its time is over, what ignores SIGTERM too', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const pids = join(run.home.dir, 'pids');
    await writeScript(
      run.at('pre.sh'),
      `
      sh -c 'trap "" TERM; echo $$ >> "${pids}"; while :; do sleep 1; done' &
      sleep 600 &
      echo $! >> "${pids}"
      wait`,
    );
    const supervisor = run.start({ ...env, CHAINVISOR_PREUPGRADE_TIMEOUT: '2s' });
    await expectGivenUp(t.expect, run, supervisor, 71, [/took longer than 2000ms/]);
    await expectNothingDone(t.expect, run, v2);
    t.expect(await readLines(pids)).toHaveLength(2);
    t.expect(await processesUnder(run.home.dir)).toEqual([]);
  });

  it('that ends with code 0 leaves nobody behind who could work beside the new node', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    const real = join(run.home.dir, 'opt/palomad');
    const [pid, alive] = [join(run.home.dir, 'pid'), join(run.home.dir, 'alive')];
    await run.home.install(real, release(run.profile, 'v2'));
    await writeScript(run.at('pre.sh'), `sleep 600 &\necho $! > "${pid}"`);
    await writeScript(
      run.at('upgrades/v2/bin/palomad'),
      `
      grep '^State:' "/proc/$(cat "${pid}")/status" 2>/dev/null | grep -v Z >> "${alive}"
      exec "${real}" "$@"`,
    );
    const supervisor = run.start(env);
    await supervisor.saw(/upgrade verified/);
    await run.reached(6);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2], { paths: { v2: real } });
    t.expect(await readLines(pid)).toHaveLength(1);
    t.expect(await readLines(alive)).toEqual([]);
  });

  it('is ended by the operator: nothing failed, and the next start runs it again', async (t) => {
    const run = await fakeRun(t, { chain: { plans: [v2] } });
    await run.stage('v2');
    const trace = join(run.home.dir, 'trace');
    await writeScript(run.at('pre.sh'), `echo "$CHAINVISOR_ATTEMPT" >> "${trace}"\nsleep 600`);
    const first = run.start(env);
    await first.saw(/running the custom script/);
    await expectCleanStop(t.expect, run, first, 143);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
    t.expect(await stepsOf(run, v2)).toEqual(['detected', 'stopped', 'script-begun']);

    await writeScript(run.at('pre.sh'), `echo "$CHAINVISOR_ATTEMPT" >> "${trace}"`);
    await expectMended(t.expect, run, v2, env);
    t.expect((await readLines(trace)).at(-1)).toBe('2');
  });
});
