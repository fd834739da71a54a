import { cp, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectGivenUp, expectUpgraded } from '../../src/fake-checks.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { only } from '../../src/fake-facts.ts';
import { scheduleSoon } from '../../src/soon.ts';
import { program } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const garbage = Buffer.alloc(600_000, 'this is not JavaScript }');

/** What a package manager, or an operator, does to the program while it runs. */
const replacements: readonly { readonly title: string; readonly replace: (path: string) => Promise<void> }[] = [
  { title: 'deleted', replace: (path) => rm(path) },
  { title: 'overwritten in place with something else', replace: (path) => writeFile(path, garbage) },
  { title: 'cut off in place', replace: (path) => truncate(path, 1000) },
  {
    title: 'replaced by rename',
    replace: async (path) => {
      await writeFile(`${path}.new`, garbage);
      await rename(`${path}.new`, path);
    },
  },
  { title: 'deleted with its whole directory', replace: (path) => rm(dirname(path), { recursive: true }) },
];

/** The built program as an installation of its own. */
async function installed({ home }: FakeRun): Promise<string> {
  const path = join(home.dir, 'opt/chainvisor/dist/main.js');
  await mkdir(dirname(path), { recursive: true });
  await cp(program, path);
  await writeFile(join(home.dir, 'opt/chainvisor/package.json'), '{"type":"module"}');
  return path;
}

/** A home at work, under a program that is not there any more as it was. */
async function replacedUnder(t: TestContext, replace: (path: string) => Promise<void>, env = {}) {
  const run = await fakeRun(t, { chain: { blockTime: 40 } });
  const path = await installed(run);
  const supervisor = run.start(env, path);
  await run.reached(2);
  await replace(path);
  return { run, supervisor };
}

describe.concurrent('a program that is changed under a running supervisor', () => {
  it.for(replacements)('goes on to the end, through two upgrades: $title', async ({ replace }, t) => {
    const env = { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh', DAEMON_PREUPGRADE_MAX_RETRIES: '1' };
    const { run, supervisor } = await replacedUnder(t, replace, env);
    const trace = join(run.home.dir, 'trace');
    await writeScript(run.at('pre.sh'), `echo "$1 $CHAINVISOR_ATTEMPT" >> "${trace}"`);
    await run.stage('v2', { preUpgrade: [31, 0] });
    await run.stage('v3', { preUpgrade: 0 });
    const v2 = await scheduleSoon(run, 'v2');
    await supervisor.saw(/upgrade verified.* plan=v2/);
    supervisor.kill('SIGUSR1');
    await supervisor.saw(/signal relayed to the node signal=SIGUSR1/);
    const v3 = await scheduleSoon(run, 'v3');
    await supervisor.saw(/upgrade verified.* plan=v3/);
    await run.reached(v3.height + 1);
    await expectCleanStop(t.expect, run, supervisor);
    await expectUpgraded(t.expect, run, [v2, v3]);
    t.expect(await readLines(trace)).toEqual(['v2 1', 'v3 1']);
    const prepares = only(await run.home.events(), 'command').filter(({ args }) => args[0] === 'pre-upgrade');
    t.expect(prepares.map(({ version, code }) => [version, code])).toEqual([
      ['v2', 31],
      ['v2', 0],
      ['v3', 0],
    ]);
  });

  it.for(replacements.slice(-2))(
    'tells an error in full, and the next start finishes: $title',
    async ({ replace }, t) => {
      const { run, supervisor } = await replacedUnder(t, replace);
      const v2 = await scheduleSoon(run, 'v2');
      const path = run.at('upgrades/v2/bin/palomad');
      await expectGivenUp(t.expect, run, supervisor, 68, [
        `Error: upgrade "v2" at height ${v2.height} is due and cannot go on: ${path}\n  why: no such file`,
        /\n {2}do: put the new palomad there, executable, and start again: .*\n$/,
      ]);
      await run.stage('v2');
      const second = run.start();
      await second.saw(/upgrade verified/);
      await run.reached(v2.height + 1);
      await expectCleanStop(t.expect, run, second);
      await expectUpgraded(t.expect, run, [v2]);
    },
  );

  it.for([
    {
      title: 'a custom script that fails',
      code: 71,
      env: { COSMOVISOR_CUSTOM_PREUPGRADE: 'pre.sh' },
      said: /the custom script \S*pre\.sh exited with code 3\n {2}do: /,
    },
    { title: 'a pre-upgrade that aborts', code: 72, env: {}, said: /says to abort \(exit code 30\)\n {2}do: / },
  ])('tells of $title, with the program gone', async ({ code, env, said }, t) => {
    const { run, supervisor } = await replacedUnder(t, (path) => rm(dirname(path), { recursive: true }), env);
    await writeScript(run.at('pre.sh'), 'exit 3');
    await run.stage('v2', { preUpgrade: 30 });
    await scheduleSoon(run, 'v2');
    await expectGivenUp(t.expect, run, supervisor, code, [said]);
  });

  it('passes on the end of a node that crashes, with the program gone', async (t) => {
    const { run, supervisor } = await replacedUnder(t, (path) => rm(dirname(path), { recursive: true }));
    const { pid } = await run.event('the node', ({ event }) => event === 'start');
    process.kill(pid, 'SIGKILL');
    t.expect(await supervisor.ended).toEqual({ code: 137, signal: null });
    t.expect(supervisor.log()).toMatch(
      /ERR nobody here has killed the node[^\n]*\n[^\n]*this is the node's own end exit=137\n$/,
    );
  });
});
