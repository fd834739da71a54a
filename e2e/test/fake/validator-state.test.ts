import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext, vi } from 'vitest';

import { expectCleanStop, expectGivenUp } from '../../src/fake-checks.ts';
import { livesOf, overlaps } from '../../src/fake-facts.ts';
import { blocksLater } from '../../src/fake-info.ts';
import { fakeRun, type FakeRun } from '../../src/fake-run.ts';
import { afterKill } from '../../src/kill.ts';
import { journalOf, runProgram } from '../../src/supervisor.ts';

vi.setConfig({ maxConcurrency: 4 });

interface State {
  readonly height: number;
  readonly round: number;
  readonly step: number;
}

const words = ({ height, round, step }: State) => `height ${height}, round ${round}, step ${step}`;
const fileOf = ({ home }: FakeRun) => join(home.home, 'data/priv_validator_state.json');

async function stateOf(run: FakeRun): Promise<State> {
  const { height, round, step } = JSON.parse(await readFile(fileOf(run), 'utf8')) as Record<string, unknown>;
  return { height: Number(height), round: Number(round), step: Number(step) };
}

/** Puts another state in the place of the node's; it writes heights as text. */
async function putState(run: FakeRun, state: State): Promise<void> {
  await writeFile(fileOf(run), JSON.stringify({ ...state, height: String(state.height) }));
}

/** What the validator signed last, as the journal has it. */
async function recorded({ home }: FakeRun): Promise<State | undefined> {
  const last = (await journalOf(home.home)).findLast(({ kind }) => kind === 'validator') as State | undefined;
  return last === undefined ? undefined : { height: last.height, round: last.round, step: last.step };
}

/** A validator that has signed some blocks, and was stopped. */
async function stoppedRun(t: TestContext): Promise<{ run: FakeRun; last: State }> {
  const run = await fakeRun(t, { chain: { blockTime: 40 } });
  const supervisor = run.start();
  await run.reached(5);
  await expectCleanStop(t.expect, run, supervisor);
  return { run, last: await stateOf(run) };
}

/** A start ends with what the file says and what is on record, and nothing was started. */
async function expectStartRefused(t: TestContext, run: FakeRun, older: State, last: State): Promise<void> {
  const before = livesOf(await run.home.events()).length;
  await expectGivenUp(t.expect, run, run.start(), 77, [
    `Error: ${fileOf(run)} is older than what this validator has signed`,
    `it says ${words(older)}; on record is ${words(last)}`,
    `chainvisor accept-validator-state --height ${older.height}`,
  ]);
  t.expect(livesOf(await run.home.events())).toHaveLength(before);
  t.expect(await stateOf(run)).toEqual(older);
}

/** The node works, from where its state says, and was started once. */
async function expectWorks(t: TestContext, run: FakeRun, nth: number): Promise<void> {
  const supervisor = run.start();
  await run.worked(nth);
  await expectCleanStop(t.expect, run, supervisor);
  const events = await run.home.events();
  t.expect(livesOf(events)).toHaveLength(nth);
  t.expect(overlaps(events, run.log())).toEqual([]);
}

const older: readonly { readonly title: string; readonly change: (last: State) => State }[] = [
  { title: 'a height below', change: (last) => ({ ...last, height: last.height - 2 }) },
  { title: 'height 0, as a new one', change: () => ({ height: 0, round: 0, step: 0 }) },
  { title: 'a step below', change: (last) => ({ ...last, step: last.step - 1 }) },
];

describe.concurrent('a validator state that is older than the one on record', () => {
  it.for(older)('stops every start until the newer one is back: $title', async ({ change }, t) => {
    const { run, last } = await stoppedRun(t);
    t.expect(await recorded(run)).toEqual(last);
    const kept = await readFile(fileOf(run));
    await putState(run, change(last));
    await expectStartRefused(t, run, change(last), last);
    await expectStartRefused(t, run, change(last), last);
    t.expect(await recorded(run)).toEqual(last);

    await writeFile(fileOf(run), kept);
    await expectWorks(t, run, 2);
  });

  it('is signed from once the operator has accepted its very height', async (t) => {
    const { run, last } = await stoppedRun(t);
    const now = { ...last, height: last.height - 2 };
    await putState(run, now);
    await expectStartRefused(t, run, now, last);

    const accept = (...args: string[]) => runProgram(['accept-validator-state', ...args], run.home.env());
    const asked = await accept();
    t.expect(asked).toMatchObject({ code: 77, stdout: '' });
    for (const part of [words(now), words(last)]) t.expect(asked.stderr).toContain(part);
    t.expect(await accept('--height', String(last.height))).toMatchObject({ code: 64, stdout: '' });
    await expectStartRefused(t, run, now, last);

    const accepted = await accept('--height', String(now.height));
    t.expect(accepted).toMatchObject({ code: 0, stderr: '' });
    t.expect(accepted.stdout).toContain(words(now));
    t.expect(await recorded(run)).toEqual(now);
    t.expect(await accept('--height', String(now.height))).toMatchObject({ code: 0 });
    await expectWorks(t, run, 2);
  });

  it('cannot be accepted while a supervisor runs', async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    const supervisor = run.start();
    await run.reached(2);
    const result = await runProgram(['accept-validator-state', '--height', '1'], run.home.env());
    t.expect(result).toMatchObject({ code: 69, stdout: '' });
    await blocksLater(run, 2);
    await expectCleanStop(t.expect, run, supervisor);
  });
});

describe.concurrent('what the validator has signed', () => {
  it('is on record at the end of a node, and at the next start where it had none to tell', async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    const first = run.start();
    await run.reached(4);
    first.kill('SIGKILL');
    await afterKill(run, first, 'killed too');
    const last = await stateOf(run);
    t.expect(last.height).toBeGreaterThanOrEqual(4);
    const before = await recorded(run);
    t.expect(before === undefined || before.height <= last.height).toBe(true);

    // Nobody was left to write it down: the next start does, before it starts a node.
    const second = run.start();
    await run.worked(2);
    const found = (await journalOf(run.home.home)).filter(({ kind }) => kind === 'validator' || kind === 'started');
    t.expect(found.slice(-2)).toMatchObject([{ kind: 'validator', ...last }, { kind: 'started' }]);
    second.kill('SIGKILL');
    await afterKill(run, second, 'killed too');
    t.expect(await recorded(run)).toEqual(last);

    const now = { ...last, height: last.height - 1 };
    await putState(run, now);
    await expectStartRefused(t, run, now, last);
  });

  it('is on record where the supervisor is killed and its node signs on until the next start ends it', async (t) => {
    const run = await fakeRun(t, { chain: { blockTime: 40 } });
    const first = run.start();
    await run.reached(3);
    first.kill('SIGKILL');
    await afterKill(run, first, 'left alive');
    await blocksLater(run, 5);
    const second = run.start();
    await run.worked(2);
    await expectCleanStop(t.expect, run, second);
    const signed = await stateOf(run);
    t.expect(await recorded(run)).toEqual(signed);
    await putState(run, { ...signed, height: signed.height - 1 });
    await expectStartRefused(t, run, { ...signed, height: signed.height - 1 }, signed);
  });

  it.for([
    { title: 'missing', change: (file: string) => rm(file) },
    { title: 'empty', change: (file: string) => writeFile(file, '') },
    { title: 'garbage', change: (file: string) => writeFile(file, '{"height":') },
  ])('is not compared with a file that tells nothing, and stays on record: $title', async ({ change }, t) => {
    const { run, last } = await stoppedRun(t);
    await change(fileOf(run));
    const supervisor = run.start();
    await supervisor.saw(/node started/);
    // The node does not sign without it: it ends.
    t.expect((await supervisor.ended).code).not.toBe(77);
    t.expect(await recorded(run)).toEqual(last);
    await putState(run, { ...last, height: 1 });
    await expectStartRefused(t, run, { ...last, height: 1 }, last);
  });

  it('is forgotten with the journal: disk alone decides then', async (t) => {
    const { run, last } = await stoppedRun(t);
    await rm(run.at('.chainvisor/journal.jsonl'));
    await putState(run, { ...last, step: last.step - 1 });
    await expectWorks(t, run, 2);
  });
});
