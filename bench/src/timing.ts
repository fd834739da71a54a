import { join } from 'node:path';
import { between, readingsIn } from './readings.ts';
import { run } from './running.ts';

/** What one run of a program took: milliseconds, milliseconds, MiB. */
export interface Cost {
  readonly wall: number;
  readonly processor: number;
  /** Of the largest of its processes. */
  readonly memory: number;
}

/**
 * Runs a command under the stopwatch to its end; its log is in `dir`, which is its home. Throws where it fails, with the
 * end of what it has printed.
 */
export async function runTimed(
  stopwatch: string,
  label: string,
  command: readonly string[],
  dir: string,
): Promise<Cost> {
  const readings = readingsIn(join(dir, 'readings.log'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, BENCH_LOG: readings.file };
  const before = (await readings.all()).length;
  const started = run([stopwatch, ...command], env, join(dir, 'output.log'));
  await started.ended;
  if (started.code() !== 0) throw new Error(`${label} failed; its output ends with:\n${started.output()}`);
  const all = (await readings.all()).slice(before);
  const [exec, end, used] = (['exec', 'end', 'used'] as const).map((event) => all.find((each) => each.event === event));
  if (exec === undefined || end === undefined || used === undefined) throw new Error(`${label} was not timed`);
  const [processor = NaN, memory = NaN] = used.text.split(' ').map(Number);
  return { wall: between(exec, end), processor: processor / 1000, memory: memory / 1024 };
}
