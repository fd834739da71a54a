import { join } from 'node:path';
import { bareSpawn } from '../bare-node.ts';
import { type BenchHome } from '../bench-home.ts';
import { type Contender, supervisors } from '../contenders.ts';
import { between } from '../readings.ts';
import { measureRuns } from '../runs.ts';
import { run } from '../running.ts';
import type { Scenario } from '../scenario.ts';

/** From the exec of a supervisor to its node's main. */
export const startUp: Scenario = async (bench) => {
  const { stopwatch } = await bench.workshop.programs();
  const contenders: readonly Contender<BenchHome>[] = [
    {
      label: 'bare Node',
      role: 'both',
      command: ({ genesisBinary, home }) => [process.execPath, '-e', bareSpawn, genesisBinary, 'start', '--home', home],
    },
    ...supervisors<BenchHome>(bench.cosmovisor, ({ home }) => ['start', '--home', home]),
  ];
  return measureRuns(bench, 'start-up', bench.sizes.startUps, contenders, async (home, command) => {
    const { length } = await home.readings.all();
    const started = run([stopwatch, ...command], home.env, join(home.home, 'output.log'));
    const main = await home.readings.next('main', length, started);
    const exec = await home.readings.next('exec', length, started);
    await started.stop(exec.pid);
    await home.end();
    return between(exec, main);
  });
};
