import { killUnder, makeFakeHome, waitFor } from '@chainvisor/testkit';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareTimer } from '../bare-node.ts';
import { type Contender, rowsOf, supervisors } from '../contenders.ts';
import { run, type Running } from '../running.ts';
import type { Bench, Scenario } from '../scenario.ts';
import type { Sample } from '../statistics.ts';
import type { Figure } from '../table.ts';
import { type Memory, memoryOf, processorTime, supervisorProcesses } from '../usage.ts';

/** Where a contender idles. */
interface IdleHome {
  readonly dir: string;
  readonly home: string;
}

/** A contender at rest, and what it used. */
interface Idler {
  readonly contender: Contender<IdleHome>;
  readonly processes: () => Promise<readonly number[]>;
  readonly shares: Sample[];
  readonly memory: Memory[];
  readonly supervisor: Running;
}

/** Milliseconds between the blocks of the node beside which the supervisors idle. */
const blockTime = 6000;

/** Processor time and memory of supervisors beside a node that makes blocks; all idle at once, in the same windows. */
export const idle: Scenario = async (bench) => {
  const { sizes, say, cosmovisor } = bench;
  const bare: Contender<IdleHome> = {
    label: 'bare Node',
    role: 'both',
    command: () => [process.execPath, '-e', bareTimer],
  };
  const supervised = supervisors<IdleHome>(cosmovisor, ({ home }) => ['start', '--home', home]);
  const contenders = [bare, ...supervised];
  const idlers: Idler[] = [];
  const dirs: string[] = [];
  try {
    for (const contender of contenders) {
      const dir = await bench.workshop.room('idle');
      dirs.push(dir);
      idlers.push(contender === bare ? startBare(bare, dir) : await startSupervised(contender, dir));
    }
    say(`idle: ${sizes.idleSettle / 1000} s to settle`);
    await sleep(sizes.idleSettle);
    for (let window = 1; window <= sizes.idleWindows; window++) {
      say(`idle: window ${window} of ${sizes.idleWindows}, ${sizes.idleWindow / 1000} s`);
      await measureWindow(idlers, sizes.idleWindow);
    }
  } finally {
    await Promise.all(idlers.map(({ supervisor }) => supervisor.stop()));
    for (const dir of dirs) await killUnder(dir);
  }
  return figuresOf(bench, contenders, idlers);
};

function startBare(contender: Contender<IdleHome>, dir: string): Idler {
  const supervisor = run(contender.command({ dir, home: dir }), { HOME: dir }, join(dir, 'output.log'));
  return { contender, supervisor, processes: () => supervisorProcesses(dir, undefined), shares: [], memory: [] };
}

async function startSupervised(contender: Contender<IdleHome>, dir: string): Promise<Idler> {
  const home = await makeFakeHome({
    dir,
    daemon: 'palomad',
    chain: { blockTime, log: 'quiet' },
    genesis: { profile: '0.50', version: 'v1.0.0' },
  });
  const supervisor = run(contender.command({ dir, home: home.home }), home.env(), join(dir, 'output.log'));
  await waitFor('a block of the node', async () => supervisor.hasEnded() || ((await home.status())?.height ?? 0) > 0);
  const node = (await home.events()).find(({ event }) => event === 'start')?.pid;
  return { contender, supervisor, processes: () => supervisorProcesses(dir, node), shares: [], memory: [] };
}

async function measureWindow(idlers: readonly Idler[], length: number): Promise<void> {
  const before = await Promise.all(idlers.map(async (idler) => (isAlive(idler) ? readTime(idler) : undefined)));
  await sleep(length);
  for (const [index, idler] of idlers.entries()) {
    if (!isAlive(idler)) continue;
    const after = await readTime(idler);
    const first = before[index];
    if (first === undefined) continue;
    idler.shares.push((Number(after.used - first.used) / Number(after.at - first.at)) * 100);
    idler.memory.push(memoryOf(await idler.processes()));
  }
}

/** Whether a contender still runs; throws where one that may not fail has ended. */
function isAlive({ contender, supervisor }: Idler): boolean {
  if (!supervisor.hasEnded()) return true;
  if (contender.mayFail === true) return false;
  throw new Error(`${contender.label} ended before its time; its output ends with:\n${supervisor.output()}`);
}

async function readTime({ processes }: Idler): Promise<{ readonly at: bigint; readonly used: bigint }> {
  const pids = await processes();
  return { at: process.hrtime.bigint(), used: processorTime(pids) };
}

function figuresOf(
  { cosmovisor, sizes }: Bench,
  contenders: readonly Contender<IdleHome>[],
  idlers: readonly Idler[],
): readonly Figure[] {
  const figure = (title: string, unit: Figure['unit'], samplesOf: (idler: Idler) => readonly Sample[]): Figure => {
    const seriesOf = (contender: Contender<IdleHome>) => {
      const idler = idlers.find((each) => each.contender === contender);
      const samples = idler === undefined ? [] : samplesOf(idler);
      return { samples, note: samples.length < sizes.idleWindows ? 'ended by itself' : undefined };
    };
    return { title, unit, rows: rowsOf(contenders, seriesOf, cosmovisor) };
  };
  const memory = (key: keyof Memory) => (idler: Idler) => idler.memory.map((each) => each[key]);
  return [
    figure('idle processor time', '% of a core', ({ shares }) => shares),
    figure('resident memory (RSS)', 'MiB', memory('rss')),
    figure('anonymous memory', 'MiB', memory('anonymous')),
    figure('proportional memory (PSS)', 'MiB', memory('pss')),
  ];
}
