import { processesUnder, waitFor } from '@chainvisor/testkit';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectUpgraded } from '../../src/fake-checks.ts';
import { type Container, startAsPidOne, whyNoPidNamespace } from '../../src/fake-container.ts';
import { livesOf, only } from '../../src/fake-facts.ts';
import { leaveBehind, leftoversOf, wrapGenesis } from '../../src/fake-leftovers.ts';
import { chain, v2 } from '../../src/fake-phases.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { readLines, writeScript } from '../../src/fake-scripts.ts';
import { openTerminal, whyNoTerminal } from '../../src/fake-terminal.ts';
import { currentOf, program } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

const noNamespace = await whyNoPidNamespace();
const noTerminal = await whyNoTerminal();
const because = (reason: string | undefined) => (reason === undefined ? '' : ` (skipped: ${reason})`);

/** SIGTERM from outside, and the node's own code through `unshare`; nobody is left in the namespace. */
async function expectStop(t: TestContext, run: FakeRun, container: Container): Promise<void> {
  process.kill(container.pid, 'SIGTERM');
  t.expect(await container.ended).toEqual({ code: 0, signal: null });
  t.expect(container.log()).toMatch(/palomad exited with code 0: this is the node's own end exit=0\n$/);
  t.expect(await processesUnder(run.home.dir)).toEqual([]);
}

const title = `as PID 1 of a container${because(noNamespace)}`;
describe.skipIf(noNamespace !== undefined).concurrent(title, () => {
  it('upgrades as usual, says once that an init is missing, and is stopped from outside', async (t) => {
    const run = await fakeRun(t, { chain });
    await run.stage('v2');
    const container = await startAsPidOne(t, run);
    await container.saw(/upgrade verified/);
    await run.worked(2);
    await expectStop(t, run, container);
    await expectUpgraded(t.expect, run, [v2]);
    t.expect(container.log()).toMatch(/ pid=1\n/);
    t.expect(container.log().match(/running as PID 1.*an init/g)).toHaveLength(1);
    t.expect(only(await run.home.events(), 'start').map(({ ppid }) => ppid)).toEqual([1, 1]);
  });

  it.for(['in its session', 'in one of its own'])(
    'is not held up by zombies that nobody collects: %s',
    async (where, t) => {
      const run = await fakeRun(t, { chain });
      await run.stage('v2');
      const trace = join(run.home.dir, 'trace');
      const own = where === 'in its session' ? '' : 'setsid ';
      // Nobody's child at once, dead a moment later: from then on a zombie, as PID 1 waits for its own children alone.
      await wrapGenesis(run, `${own}sh -c '(sleep 0.1; echo dead >> "${trace}") &'\n`);
      const container = await startAsPidOne(t, run);
      await waitFor('the zombie', () => container.zombies().length > 0, { timeout: 60_000 });
      await container.saw(/upgrade verified/);
      await run.worked(2);
      t.expect(container.zombies()).not.toEqual([]);
      t.expect(await readLines(trace)).toEqual(['dead']);
      t.expect(container.log()).not.toMatch(/left processes behind|killing|earlier start still live/);
      await expectStop(t, run, container);
      await expectUpgraded(t.expect, run, [v2]);
    },
  );

  it.for(['polite', 'stubborn'] as const)(
    'ends an orphan of its own session, which then is a zombie: %s',
    async (manner, t) => {
      const run = await fakeRun(t, { chain });
      await run.stage('v2');
      await wrapGenesis(run, leaveBehind(leftoversOf(run), manner));
      const container = await startAsPidOne(t, run, { DAEMON_SHUTDOWN_GRACE: '500ms' });
      await container.saw(/upgrade verified/);
      await run.worked(2);
      t.expect(container.zombies()).not.toEqual([]);
      t.expect(container.log()).toContain('still live on this home: stopping them');
      await expectStop(t, run, container);
      await expectUpgraded(t.expect, run, [v2]);
    },
  );

  it.for(['polite', 'stubborn'] as const)('is not kept from its end by an orphan: %s', async (manner, t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    await wrapGenesis(run, leaveBehind(leftoversOf(run), manner));
    const container = await startAsPidOne(t, run, { DAEMON_SHUTDOWN_GRACE: '500ms' });
    await run.reached(3);
    await expectStop(t, run, container);
  });

  it.for([
    { how: 'code 0', chain: { exitAtHeight: { height: 3, code: 0 } }, code: 0 },
    { how: 'code 9', chain: { exitAtHeight: { height: 3, code: 9 } }, code: 9 },
    { how: 'a crash', chain: { crashAtHeight: 3 }, code: 2 },
  ])('passes on the end of a node: $how', async ({ chain: more, code }, t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40, ...more } });
    const container = await startAsPidOne(t, run);
    t.expect(await container.ended).toEqual({ code, signal: null });
    t.expect(container.log()).toMatch(new RegExp(`this is the node's own end exit=${code}\n$`));
    t.expect(livesOf(await run.home.events())).toMatchObject([{ code }]);
    t.expect(await processesUnder(run.home.dir)).toEqual([]);
  });

  it('is stopped from outside between two nodes with the code that says so', async (t) => {
    const run = await fakeRun(t, { chain });
    await run.stage('v2');
    const container = await startAsPidOne(t, run, { DAEMON_RESTART_DELAY: '10m' });
    await container.saw(/waiting before the upgrade/);
    process.kill(container.pid, 'SIGTERM');
    t.expect(await container.ended).toEqual({ code: 143, signal: null });
    t.expect(container.log()).toMatch(/stopped while no node was running.* exit=143\n$/);
    t.expect(await currentOf(run.home.home)).toBe('genesis');
  });
});

describe.skipIf(noTerminal !== undefined)(`in a terminal${because(noTerminal)}`, () => {
  it('Ctrl-C reaches the node exactly once, through us, and the shell has the code of the node', async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40, shutdown: 500 } });
    const env: Record<string, string> = { ...run.home.env(), TERM: 'xterm' };
    const script = join(run.home.dir, 'start.sh');
    const settings = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
    const command = `exec '${process.execPath}' '${program}' run start --home '${run.home.home}'`;
    await writeScript(script, [...settings, command].join('\n'));
    const terminal = await openTerminal(t, { PATH: env['PATH'] ?? '', TERM: 'xterm' });
    await terminal.type(script);
    await run.reached(3);
    await terminal.press('C-c');
    await terminal.shows(/this is the node's own end exit=0/);
    await terminal.type('echo code=$?');
    await terminal.shows(/\bcode=0\b/);
    const events = await run.home.events();
    t.expect(only(events, 'signal').map(({ signal }) => signal)).toEqual(['SIGINT']);
    t.expect(livesOf(events)).toMatchObject([{ code: 0 }]);
    await waitFor('the end of everybody', async () => (await processesUnder(run.home.dir)).length === 0);
  });
});
