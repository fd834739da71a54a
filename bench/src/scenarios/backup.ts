import { createBackup } from '@chainvisor/backup';
import { execa } from 'execa';
import { lstat, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackingUp, type Duel, INSIDE, floorsShell, making, restoring } from '../backing-up.ts';
import { makeDatabases, makeSmallFiles } from '../data-directory.ts';
import type { Bench, Scenario } from '../scenario.ts';
import { ratioTo } from '../statistics.ts';
import type { Figure, Row } from '../table.ts';
import { type Cost, runTimed } from '../timing.ts';

interface Costs extends Cost {
  /** MiB on disk that the result does not share with what was there. */
  readonly room: number;
  /** Milliseconds of the call alone, in our own; undefined in others. */
  readonly inside: number | undefined;
}

interface Series {
  readonly title: string;
  readonly duel: Duel;
  readonly costs: ReadonlyMap<BackingUp, Costs[]>;
}

/** Backups of a data directory and restoring them, by hard links and by copies; and one of many small files. */
export const backUp: Scenario = async (bench) => {
  const { workshop, sizes, say } = bench;
  const { stopwatch } = await workshop.programs();
  const sh = await floorsShell();
  const of = `${(sizes.dataBytes / 1e9).toFixed(1)} GB`;
  const ofSmall = `${sizes.smallFiles} small files`;
  say(`backup: making ${of}`);
  const large = await measure(bench, stopwatch, (data) => makeDatabases(data, sizes.dataBytes), [
    { title: `backup of ${of} by link`, duel: making('link', sh) },
    { title: `backup of ${of} by copy`, duel: making('copy', sh) },
    { title: `restoring ${of} by link`, duel: restoring('link', sh) },
    { title: `restoring ${of} by copy`, duel: restoring('copy', sh) },
  ]);
  say(`backup: making ${ofSmall}`);
  const small = await measure(bench, stopwatch, (data) => makeSmallFiles(data, sizes.smallFiles), [
    { title: `backup of ${ofSmall} by copy`, duel: making('copy', sh) },
    { title: `restoring ${ofSmall} by copy`, duel: restoring('copy', sh) },
  ]);
  return [...large, ...small].flatMap(figuresOf);
};

async function measure(
  { workshop, sizes, say }: Bench,
  stopwatch: string,
  fill: (data: string) => Promise<void>,
  duels: readonly Pick<Series, 'title' | 'duel'>[],
): Promise<readonly Series[]> {
  const home = await workshop.room('backup');
  const data = join(home, 'data');
  await fill(data);
  // What is restored shares all that it can with the data: no room is needed for it.
  const made = { data, parent: home, name: 'backup', strategy: 'link', stopped: true } as const;
  const { linked } = await createBackup(made);
  if (duels.some(({ title }) => title.endsWith('by link')) && linked.files === 0)
    throw new Error('nothing could be linked here: is it another file system?');
  const series = duels.map(({ title, duel }): Series => {
    const costs = new Map(Object.values(duel).map((each: BackingUp) => [each, [] as Costs[]]));
    return { title, duel, costs };
  });
  for (let round = 1; round <= sizes.backups; round++) {
    for (const { title, costs } of series) {
      say(`${title}: ${round} of ${sizes.backups}`);
      for (const [each, all] of costs) all.push(await once(stopwatch, each, home));
    }
  }
  await rm(home, { recursive: true });
  return series;
}

async function once(stopwatch: string, { label, command, result }: BackingUp, home: string): Promise<Costs> {
  // None pays for the writes and removals of the one before, nor for those of others.
  await execa('sync');
  const cost = await runTimed(stopwatch, label, command(home), home);
  const room = await ownRoom(join(home, result));
  const inside = await readFile(join(home, INSIDE), 'utf8').then(Number, () => undefined);
  await rm(join(home, INSIDE), { force: true });
  if (result === 'data') {
    await rm(join(home, 'data'), { recursive: true });
    await rename(join(home, 'old'), join(home, 'data'));
  } else await rm(join(home, result), { recursive: true });
  return { ...cost, room, inside };
}

/** MiB allocated to directories, and to files that have no other name. */
async function ownRoom(root: string): Promise<number> {
  let blocks = 0;
  for (const name of ['', ...(await readdir(root, { recursive: true }))]) {
    const stats = await lstat(join(root, name));
    if (stats.isDirectory() || stats.nlink === 1) blocks += stats.blocks;
  }
  return (blocks * 512) / (1024 * 1024);
}

function figuresOf({ title, duel, costs }: Series): readonly Figure[] {
  const { ours, floor, plain } = duel;
  const samples = (each: BackingUp, key: keyof Costs) => (costs.get(each) ?? []).map((cost) => cost[key]);
  const rowOf = (each: BackingUp, key: keyof Costs, label = each.label): Row => {
    const ratio = each === ours ? ratioTo(samples(plain, 'wall'), samples(each, key)) : undefined;
    const note = ratio === undefined || key === 'room' || key === 'memory' ? {} : { note: noteOf(ratio, plain) };
    return { label, role: each.role, samples: samples(each, key), ...note };
  };
  const rows = (key: keyof Costs) => [floor, plain, ours].map((each) => rowOf(each, key));
  return [
    { title, unit: 'ms', rows: [...rows('wall'), rowOf(ours, 'inside', 'the call alone')] },
    { title: 'its extra room on disk', unit: 'MiB', rows: rows('room') },
    { title: 'its peak memory (RSS)', unit: 'MiB', rows: rows('memory') },
  ];
}

const noteOf = (ratio: number, { label }: BackingUp): string => `${ratio.toFixed(2)} × ${label}`;
