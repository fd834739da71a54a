import { type BenchHome, makeBenchHome } from './bench-home.ts';
import { type Contender, rowsOf } from './contenders.ts';
import type { Bench } from './scenario.ts';
import type { Sample } from './statistics.ts';
import type { Figure } from './table.ts';

/**
 * Times short runs of all contenders in turn, each on a home of its own, after a warm-up round that does not count.
 * `once` runs a command to its end and resolves with its milliseconds.
 */
export async function measureRuns(
  { workshop, cosmovisor, say }: Bench,
  title: string,
  rounds: number,
  contenders: readonly Contender<BenchHome>[],
  once: (home: BenchHome, command: readonly string[]) => Promise<number>,
): Promise<readonly Figure[]> {
  const series = await Promise.all(
    contenders.map(async (contender) => ({
      contender,
      home: await makeBenchHome(workshop),
      samples: [] as Sample[],
      failure: undefined as string | undefined,
    })),
  );
  for (let round = 0; round <= rounds; round++) {
    say(`${title}: ${round} of ${rounds}`);
    for (const each of series) {
      if (each.failure !== undefined) continue;
      try {
        const sample = await once(each.home, each.contender.command(each.home));
        if (round > 0) each.samples.push(sample);
      } catch (error) {
        await each.home.end();
        if (each.contender.mayFail !== true) throw error;
        say(String(error));
        each.failure = 'did not run';
      }
    }
  }
  const seriesOf = (contender: Contender<BenchHome>) => {
    const found = series.find((each) => each.contender === contender);
    return { samples: found?.samples ?? [], note: found?.failure };
  };
  return [{ title, unit: 'ms', rows: rowsOf(contenders, seriesOf, cosmovisor) }];
}
