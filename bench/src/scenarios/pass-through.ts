import { join } from 'node:path';
import { bareSpawn } from '../bare-node.ts';
import { type BenchHome } from '../bench-home.ts';
import { type Contender, supervisors } from '../contenders.ts';
import { between } from '../readings.ts';
import { measureRuns } from '../runs.ts';
import { run } from '../running.ts';
import type { Scenario } from '../scenario.ts';

/** `run version` from exec to end, as exporters call it beside a live node. */
export const passThrough: Scenario = async (bench) => {
  const { stopwatch } = await bench.workshop.programs();
  const contenders: readonly Contender<BenchHome>[] = [
    { label: 'the binary itself', role: 'floor', command: ({ genesisBinary }) => [genesisBinary, 'version'] },
    {
      label: 'bare Node',
      role: 'node',
      command: ({ genesisBinary }) => [process.execPath, '-e', bareSpawn, genesisBinary, 'version'],
    },
    ...supervisors<BenchHome>(bench.cosmovisor, () => ['version']),
  ];
  return measureRuns(
    bench,
    'pass-through of `version`',
    bench.sizes.passThroughs,
    contenders,
    async (home, command) => {
      const { length } = await home.readings.all();
      const started = run([stopwatch, ...command], home.env, join(home.home, 'output.log'));
      await started.ended;
      const readings = (await home.readings.all()).slice(length);
      const exec = readings.find(({ event }) => event === 'exec');
      const end = readings.find(({ event }) => event === 'end');
      if (exec === undefined || end === undefined || !started.output().endsWith('v1.0.0\n')) {
        throw new Error(`${command.join(' ')} did not print the version:\n${started.output()}`);
      }
      return between(exec, end);
    },
  );
};
