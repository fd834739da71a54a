import { type BenchHome } from '../bench-home.ts';
import { bareSwap } from '../bare-node.ts';
import { type Contender, rowsOf, supervisors } from '../contenders.ts';
import type { Bench, Scenario } from '../scenario.ts';
import type { Sample } from '../statistics.ts';
import { startSwapping, type Swapping } from '../swapping.ts';
import type { Figure } from '../table.ts';

/** From the last byte of upgrade-info.json to the new binary's main: many upgrades of one supervisor, and the first of many. */
export const swap: Scenario = async (bench) => {
  const { swapLoop } = await bench.workshop.programs();
  const contenders: readonly Contender<BenchHome>[] = [
    { label: 'C loop', role: 'floor', command: ({ home, daemon }) => [swapLoop, home, daemon] },
    {
      label: 'bare Node',
      role: 'node',
      command: ({ home, daemon }) => [process.execPath, '-e', bareSwap, home, daemon],
    },
    ...supervisors<BenchHome>(bench.cosmovisor, ({ home }) => ['start', '--home', home]),
  ];
  return [
    await measure(bench, contenders, 'swap', 1, bench.sizes.swaps),
    await measure(bench, contenders, 'first swap of a supervisor', bench.sizes.firstSwaps, 0),
  ];
};

/**
 * In each of `lives` of all contenders at once, one upgrade and then `further` ones, in turn. Only the further ones count
 * where there are any: the first is then the warm-up.
 */
async function measure(
  bench: Bench,
  contenders: readonly Contender<BenchHome>[],
  title: string,
  lives: number,
  further: number,
): Promise<Figure> {
  const { cosmovisor, say } = bench;
  const samples = new Map<string, Sample[]>(contenders.map(({ label }) => [label, []]));
  const failures = new Map<string, string>();
  for (let life = 1; life <= lives; life++) {
    const alive: Swapping[] = [];
    try {
      for (const contender of contenders) {
        if (failures.has(contender.label)) continue;
        alive.push(await startSwapping(bench, contender, 1 + further));
      }
      for (let round = 0; round <= further; round++) {
        say(`${title}: ${lives > 1 ? `${life} of ${lives}` : `${round} of ${further}`}`);
        for (const each of alive) {
          const sample = await each.swap();
          if (round > 0 || further === 0) samples.get(each.contender.label)?.push(sample);
          const failure = each.failure();
          if (failure !== undefined) failures.set(each.contender.label, failure);
        }
      }
    } finally {
      await Promise.all(alive.map((each) => each.end()));
    }
  }
  const seriesOf = ({ label }: Contender<BenchHome>) => ({
    samples: samples.get(label) ?? [],
    note: failures.get(label),
  });
  return { title, unit: 'ms', rows: rowsOf(contenders, seriesOf, cosmovisor) };
}
