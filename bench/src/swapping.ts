import { join } from 'node:path';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchHome, makeBenchHome } from './bench-home.ts';
import type { Contender } from './contenders.ts';
import { between, patience } from './readings.ts';
import { run, type Running } from './running.ts';
import type { Bench } from './scenario.ts';
import type { Sample } from './statistics.ts';

/** A contender that runs a node through one upgrade after the other. */
export interface Swapping {
  readonly contender: Contender<BenchHome>;
  /** Lets the node reach its height; resolves with the milliseconds from the whole file to the new binary's main. */
  swap(): Promise<Sample>;
  /** Why it gives no samples any more. */
  failure(): string | undefined;
  end(): Promise<void>;
}

/** Starts a contender on a home of its own with `upgrades` staged, and resolves once its node runs. */
export async function startSwapping(
  { workshop, say }: Bench,
  contender: Contender<BenchHome>,
  upgrades: number,
): Promise<Swapping> {
  const home = await makeBenchHome(workshop, upgrades + 1);
  const supervisor = run(contender.command(home), home.env, join(home.home, 'output.log'));
  let failure: string | undefined;
  const end = async (): Promise<void> => {
    await supervisor.stop();
    await home.end();
  };
  /** What a contender that may fail has failed at, is kept; another's is an error. */
  const attempt = async <T>(what: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await what();
    } catch (error) {
      if (contender.mayFail !== true) {
        throw new Error(`${contender.label}: ${String(error)}; its output ends with:\n${supervisor.output()}`, {
          cause: error,
        });
      }
      say(`${contender.label}: ${String(error)}; its output ends with:\n${supervisor.output()}`);
      failure = supervisor.hasEnded() ? 'ended without upgrading' : `did not upgrade within ${patience / 1000} s`;
      return undefined;
    }
  };
  try {
    await attempt(() => home.readings.next('main', 0, supervisor));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    contender,
    swap: async () => (failure === undefined ? attempt(() => swapOnce(home, supervisor)) : undefined),
    failure: () => failure,
    end,
  };
}

async function swapOnce(home: BenchHome, supervisor: Running): Promise<Sample> {
  const before = await home.readings.all();
  const node = before.findLast(({ event }) => event === 'main');
  if (node === undefined) throw new Error('no node runs');
  // No fixed distance from the last switch: else whoever polls would always be met at the same moment of its interval.
  await sleep(randomInt(300, 900));
  process.kill(node.pid, 'SIGUSR1');
  const started = await home.readings.next('main', before.length, supervisor);
  const written = (await home.readings.all()).slice(before.length).find(({ event }) => event === 'file');
  // A node that was killed before it could say when.
  if (written === undefined) return undefined;
  if (!started.text.includes(`/upgrades/${written.text}/`)) {
    throw new Error(`${started.text} was started for ${written.text}`);
  }
  return between(written, started);
}
