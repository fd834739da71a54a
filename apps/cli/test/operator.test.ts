import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { bundleChild, startChild } from './helpers/child.js';

/** A process that does what it is told, a line each, and says what its operator has said. */
const program = `
  import { createInterface } from 'node:readline';
  import { listenToOperator } from '../src/supervise/operator.js';
  const operator = listenToOperator();
  const tell = (what, more = {}) => console.log(JSON.stringify({
    what, ...more, stop: operator.stop.aborted, exitCode: operator.exitCode(), asked: operator.asked(),
    failure: operator.failure()?.message ?? operator.failure(),
  }));
  const direct = (name) => operator.direct((signal) => tell(name, { signal }));
  let undirect = direct('first');
  let undirectSecond;
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'undirect') undirect();
    if (line === 'second') undirectSecond = direct('second');
    if (line === 'undirect-second') undirectSecond();
    if (line === 'state') tell('state');
    if (line === 'throw') setImmediate(() => { throw new Error('thrown'); });
    if (line === 'reject text') void Promise.reject('a text');
    if (line === 'reject') void Promise.reject(new Error('rejected'));
  });
  operator.stop.addEventListener('abort', () => tell('aborted'));
  tell('ready');
`;

interface Told {
  readonly what: string;
  readonly signal?: string;
  readonly stop: boolean;
  readonly exitCode?: number;
  readonly asked?: string;
  readonly failure?: string;
}

async function start() {
  const file = await bundleChild(program);
  const child = startChild(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdout === null || child.stdin === null) throw new Error('no streams');
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Told> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the process has ended');
    return JSON.parse(line.value) as Told;
  };
  expect(await next()).toEqual({ what: 'ready', stop: false });
  return { child, next, say: (line: string) => stdin.write(`${line}\n`) };
}

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
const stopping: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT'];

describe('the operator', () => {
  it.each(signals)('%s goes to the target once', async (signal) => {
    const { child, next, say } = await start();
    child.kill(signal);
    const stops = stopping.includes(signal);
    const asked = stops ? { exitCode: 128 + constants.signals[signal], asked: signal } : {};
    // The node has it before anything of ours ends.
    expect(await next()).toEqual({ what: 'first', signal, stop: false, ...asked });
    if (stops) expect(await next()).toEqual({ what: 'aborted', stop: true, ...asked });
    say('state');
    expect(await next()).toEqual({ what: 'state', stop: stops, ...asked });
  });

  it('has asked with the first signal that asks for an end; the others go to the target too', async () => {
    const { child, next } = await start();
    for (const [signal, asked] of [
      ['SIGHUP', undefined],
      ['SIGINT', 'SIGINT'],
      ['SIGTERM', 'SIGINT'],
      ['SIGTERM', 'SIGINT'],
    ] as const) {
      child.kill(signal);
      const told = await next();
      expect(told).toMatchObject({ what: 'first', signal });
      expect(told.asked).toBe(asked);
      if (signal === 'SIGINT') expect((await next()).what).toBe('aborted');
    }
  });

  it('speaks to one target at a time, and to nobody where there is none', async () => {
    const { child, next, say } = await start();
    say('second');
    say('state');
    await next();
    child.kill('SIGHUP');
    expect(await next()).toMatchObject({ what: 'second', signal: 'SIGHUP' });
    // The first has gone; its end does not silence the second.
    say('undirect');
    say('state');
    await next();
    child.kill('SIGUSR2');
    expect(await next()).toMatchObject({ what: 'second', signal: 'SIGUSR2' });
    say('undirect-second');
    say('state');
    await next();
    child.kill('SIGTERM');
    expect(await next()).toMatchObject({ what: 'aborted', asked: 'SIGTERM', exitCode: 143 });
  });

  it.each([
    ['throw', 'thrown'],
    ['reject', 'rejected'],
    ['reject text', 'a text'],
  ])('is spoken for by a bug (%s): the node is asked to stop, and the first failure is kept', async (word, failure) => {
    const { next, say } = await start();
    say(word);
    expect(await next()).toMatchObject({ what: 'first', signal: 'SIGTERM', failure, asked: 'SIGTERM', stop: false });
    expect(await next()).toMatchObject({ what: 'aborted', failure });
    say(word === 'throw' ? 'reject' : 'throw');
    expect(await next()).toMatchObject({ what: 'first', signal: 'SIGTERM', failure });
  });
});
