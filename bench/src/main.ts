import { parseArgs } from 'node:util';
import { chainvisorVersion, type Cosmovisor, namedCosmovisor } from './contenders.ts';
import { load, machineFacts } from './machine.ts';
import { type Bench, full, quick, type Scenario } from './scenario.ts';
import { backUp } from './scenarios/backup.ts';
import { fetchRelease } from './scenarios/fetch.ts';
import { idle } from './scenarios/idle.ts';
import { passThrough } from './scenarios/pass-through.ts';
import { startUp } from './scenarios/start-up.ts';
import { swap } from './scenarios/swap.ts';
import { type Figure, tableOf } from './table.ts';
import { openWorkshop } from './workshop.ts';

const scenarios: ReadonlyMap<string, Scenario> = new Map([
  ['swap', swap],
  ['start-up', startUp],
  ['pass-through', passThrough],
  ['idle', idle],
  ['fetch', fetchRelease],
  ['backup', backUp],
]);

const names = [...scenarios.keys()].join(', ');

const usage = `pnpm bench [--quick] [--only <scenario>]... [--data <gigabytes>]

  --quick   short rounds: to see that it runs, not to quote
  --only    ${names}; may be given more than once
  --data    gigabytes of the data directory that is backed up; 10 by default

COSMOVISOR=/path/to/cosmovisor names a cosmovisor to compare with.`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line = ''): void => void process.stdout.write(`${line}\n`);

/** What is to be measured. */
interface Wanted {
  readonly isQuick: boolean;
  readonly only: readonly string[];
  /** Bytes; undefined for the default. */
  readonly dataBytes: number | undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Reads the arguments; undefined where help is asked for. Throws where they cannot be understood. */
function readArguments(): Wanted | undefined {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      data: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return undefined;
  const only = values.only ?? [...scenarios.keys()];
  const unknown = only.find((name) => !scenarios.has(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: no such scenario; there are ${names}`);
  const gigabytes = values.data === undefined ? undefined : Number(values.data);
  if (gigabytes !== undefined && !(gigabytes >= 0.2 && gigabytes <= 10_000))
    throw new Error(`--data ${values.data ?? ''}: a number of gigabytes, 0.2 or more`);
  const dataBytes = gigabytes === undefined ? undefined : gigabytes * 1e9;
  return { isQuick: values.quick === true, only, dataBytes };
}

/** Measures and prints; resolves with the exit code: 1 where a scenario could not be run. */
async function measure(
  { isQuick, only, dataBytes }: Wanted,
  chainvisor: string,
  cosmovisor: Cosmovisor | undefined,
): Promise<number> {
  const workshop = await openWorkshop();
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => {
      say(`${signal}: cleaning up`);
      void workshop.remove().finally(() => process.exit(128 + number));
    });
  }
  const defaults = isQuick ? quick : full;
  const sizes = { ...defaults, dataBytes: dataBytes ?? defaults.dataBytes };
  const bench: Bench = { workshop, cosmovisor, sizes, say };
  const figures: Figure[] = [];
  const failed: string[] = [];
  const loadBefore = load();
  try {
    for (const [name, scenario] of scenarios) {
      if (!only.includes(name)) continue;
      try {
        figures.push(...(await scenario(bench)));
      } catch (error) {
        failed.push(`${name} could not be run: ${messageOf(error)}`);
        say(failed.at(-1) ?? '');
      }
    }
  } finally {
    await workshop.remove();
  }
  const versions = { chainvisor, cosmovisor: cosmovisor?.version ?? 'none' };
  const loads = { 'load average': `${loadBefore} before, ${load()} after` };
  for (const line of machineFacts({ ...versions, ...loads })) print(line);
  print(`\n${tableOf(figures)}\n`);
  if (isQuick) print('A quick run: too short to quote.');
  if (cosmovisor === undefined) {
    print(
      'cosmovisor: not compared. COSMOVISOR=/path/to/cosmovisor names one; releases: cosmos/cosmos-sdk, tools/cosmovisor.',
    );
  }
  for (const line of failed) print(line);
  return failed.length === 0 ? 0 : 1;
}

/** Resolves with the exit code: 2 where it cannot even begin. */
async function main(): Promise<number> {
  let wanted: Wanted | undefined;
  let versions: readonly [string, Cosmovisor | undefined];
  try {
    wanted = readArguments();
    if (wanted === undefined) {
      print(usage);
      return 0;
    }
    versions = await Promise.all([chainvisorVersion(), namedCosmovisor()]);
  } catch (error) {
    say(messageOf(error));
    return 2;
  }
  return measure(wanted, ...versions);
}

process.exitCode = await main();
