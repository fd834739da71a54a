import { processesUnder, waitFor } from '@chainvisor/testkit';
import { describe, it, type TestContext, vi } from 'vitest';

import { livesOf, only } from '../../src/fake-facts.ts';
import { chain, codeOf, expectNextFinishes, type PhaseSignal, signals, startWithFault } from '../../src/fake-phases.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { currentOf, type Supervisor } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

/** What may become of a node that is signalled in the first moments of its process. */
interface Newborn {
  /** Counted from 1. */
  readonly nth: number;
  readonly signal: PhaseSignal;
  /** As what the signal may be relayed to it. */
  readonly as: readonly PhaseSignal[];
  /** How often it may be relayed, at least and at most: two of a kind that wait for one process are one. */
  readonly relayed: readonly [number, number];
}

/** The node has no handlers yet and dies by the signal, or has them: whichever it was is our code, said as the node's own. */
async function expectNewbornsOwnEnd(
  t: TestContext,
  run: FakeRun,
  supervisor: Supervisor,
  born: Newborn,
): Promise<void> {
  const { nth, signal, as, relayed } = born;
  const works = async () => {
    const events = await run.home.events();
    const pid = livesOf(events)[nth - 1]?.pid;
    return only(events, 'block').some((event) => event.pid === pid);
  };
  const relayedSoFar = () => {
    const lines = supervisor.log().matchAll(/signal relayed to the node signal=(\w+)/g);
    return [...lines].map(([, name]) => name);
  };
  // Only one that has its handlers, or Node's own, lives on, and only over these.
  const mayLive = signal === 'SIGHUP' || signal === 'SIGUSR1';
  await waitFor(
    `the end, or work, of node ${nth}`,
    async () => supervisor.end() !== undefined || (mayLive && relayedSoFar().length >= relayed[0] && (await works())),
    { timeout: 90_000 },
  );
  const livedOn = supervisor.end() === undefined;
  if (!livedOn) await supervisor.ended;
  const told = relayedSoFar();
  t.expect(told.filter((name) => !as.some((each) => each === name))).toEqual([]);
  t.expect(told.length).toBeGreaterThanOrEqual(relayed[0]);
  t.expect(told.length).toBeLessThanOrEqual(relayed[1]);

  const { code } = livedOn ? await supervisor.stop() : await supervisor.ended;
  const polite = signal === 'SIGQUIT' ? 2 : 0;
  t.expect(livedOn ? [0] : [polite, ...as.map(codeOf)]).toContain(code);
  const how = code === polite ? `exited with code ${polite}` : `was ended by (?:${as.join('|')})`;
  t.expect(supervisor.log()).toMatch(new RegExp(`palomad ${how}: this is the node's own end exit=${code ?? '?'}\n$`));
  t.expect(await processesUnder(run.home.dir)).toEqual([]);
}

describe.concurrent('a signal while a node is being started', () => {
  it.for(signals)('before it is there, is for the node that comes: %s', async (signal, t) => {
    const run = await fakeRun(t, { chain });
    await run.stage('v2');
    const { supervisor } = startWithFault(run, { point: 'starting', action: `signal:${signal}` });
    await expectNewbornsOwnEnd(t, run, supervisor, {
      nth: 1,
      signal,
      // A hang-up that found no node is an end, which a node is asked for by SIGTERM.
      as: signal === 'SIGHUP' ? ['SIGHUP', 'SIGTERM'] : [signal],
      // One that asks for no end and found nobody is forgotten.
      relayed: [signal === 'SIGUSR1' ? 0 : 1, 1],
    });
  });

  const cases = signals.flatMap((signal) => [1, 2].map((times) => ({ signal, times })));
  it.for(cases)('reaches the new one right after its start: $signal, $times', async ({ signal, times }, t) => {
    const run = await fakeRun(t, { chain });
    await run.stage('v2');
    const { supervisor, passed } = startWithFault(run, { point: 'started', passing: 2, action: `signal:${signal}` });
    if (times === 2) {
      await passed();
      supervisor.kill(signal);
    }
    await expectNewbornsOwnEnd(t, run, supervisor, { nth: 2, signal, as: [signal], relayed: [1, times] });
    t.expect(await currentOf(run.home.home)).toBe('upgrades/v2');
    const before = livesOf(await run.home.events()).map(({ version }) => version);
    if (times === 1) await expectNextFinishes(t, run, [...before, 'v2']);
  });
});
