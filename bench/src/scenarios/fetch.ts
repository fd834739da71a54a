import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fetching, fetchersOf, floorsBash } from '../fetching.ts';
import { between, readingsIn } from '../readings.ts';
import { type Release, serveRelease } from '../release.ts';
import { run } from '../running.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { summarise } from '../statistics.ts';
import type { Figure, Row } from '../table.ts';

/** What one fetch took: milliseconds, milliseconds, MiB. */
interface Cost {
  readonly wall: number;
  readonly processor: number;
  readonly memory: number;
}

interface Series {
  readonly fetching: Fetching;
  readonly costs: Cost[];
}

/** Download, verification and unpacking of a release of some hundred megabytes over loopback. */
export const fetchRelease: Scenario = async (bench) => {
  const { workshop, sizes, say } = bench;
  // Whatever is missing is said before the archive is made.
  const { stopwatch } = await workshop.programs();
  const bash = await floorsBash();
  say('fetch: making a release');
  const release = await serveRelease(workshop, sizes.releaseBytes);
  try {
    const series = fetchersOf(release, bash).map((fetching): Series => ({ fetching, costs: [] }));
    for (let round = 0; round <= sizes.fetches; round++) {
      say(`fetch: ${round} of ${sizes.fetches}`);
      for (const { fetching, costs } of series) {
        const cost = await fetchOnce(bench, stopwatch, fetching, release);
        if (round > 0) costs.push(cost);
      }
    }
    return figuresOf(series, release);
  } finally {
    await release.end();
  }
};

async function fetchOnce(
  { workshop }: Bench,
  stopwatch: string,
  { label, command, result }: Fetching,
  release: Release,
): Promise<Cost> {
  const dir = await workshop.room('fetch');
  const into = join(dir, 'into');
  await mkdir(into);
  const readings = readingsIn(join(dir, 'readings.log'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, BENCH_LOG: readings.file };
  const started = run([stopwatch, ...command(into)], env, join(dir, 'output.log'));
  await started.ended;
  if (started.code() !== 0) throw new Error(`${label} failed; its output ends with:\n${started.output()}`);
  const size = result === undefined ? undefined : (await stat(join(into, result))).size;
  if (size !== undefined && size < release.binaryBytes) throw new Error(`${label} wrote ${size} bytes only`);

  const all = await readings.all();
  const [exec, end, used] = (['exec', 'end', 'used'] as const).map((event) => all.find((each) => each.event === event));
  if (exec === undefined || end === undefined || used === undefined) throw new Error(`${label} was not timed`);
  const [processor = NaN, memory = NaN] = used.text.split(' ').map(Number);
  // Before the next one starts: what has not reached the disk yet never will, and takes no time from it.
  await rm(dir, { recursive: true });
  return { wall: between(exec, end), processor: processor / 1000, memory: memory / 1024 };
}

function figuresOf(series: readonly Series[], { bytes }: Release): readonly Figure[] {
  const rows = (key: keyof Cost, noteOf: (fetching: Fetching, samples: readonly number[]) => string | undefined) =>
    series.map(({ fetching, costs }): Row => {
      const samples = costs.map((cost) => cost[key]);
      return { label: fetching.label, role: fetching.role, samples, note: noteOf(fetching, samples) };
    });
  const speed = ({ result }: Fetching, samples: readonly number[]): string | undefined => {
    const median = summarise(samples)?.median;
    return result === undefined || median === undefined ? undefined : `${(bytes / 1000 / median).toFixed(1)} MB/s`;
  };
  return [
    { title: `fetch of ${(bytes / 1e6).toFixed(0)} MB`, unit: 'ms', rows: rows('wall', speed) },
    { title: 'its processor time', unit: 'ms', rows: rows('processor', () => undefined) },
    { title: 'its peak memory (RSS)', unit: 'MiB', rows: rows('memory', ({ memory }) => memory) },
  ];
}
