import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fetching, fetchersOf, floorsBash } from '../fetching.ts';
import { type Release, serveRelease } from '../release.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { summarise } from '../statistics.ts';
import type { Figure, Row } from '../table.ts';
import { type Cost, runTimed } from '../timing.ts';

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
  const cost = await runTimed(stopwatch, label, command(into), dir);
  const size = result === undefined ? undefined : (await stat(join(into, result))).size;
  if (size !== undefined && size < release.binaryBytes) throw new Error(`${label} wrote ${size} bytes only`);
  // Before the next one starts: what has not reached the disk yet never will, and takes no time from it.
  await rm(dir, { recursive: true });
  return cost;
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
