import type { Listed } from '@chainvisor/backup';
import type { Layout } from '@chainvisor/layout';
import { printable } from '@chainvisor/report';
import { basename, join } from 'node:path';
import { backupsDir, madeFor } from '../../backup/made-for.js';
import { oldDataOf } from '../../backup/old-data.js';
import { roomOf } from '../../backup/room.js';
import { planText, sizeText } from '../../backup/texts.js';
import { layoutOf } from '../../layout-of.js';
import { print, warn } from '../../output.js';
import { loadSettings, type RunSettings } from '../../settings.js';
import { checkOutput } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

/** One row, as `--output json` shows it; null is what nobody has written down. */
interface Row {
  readonly name: string;
  readonly path: string;
  /**
   * `foreign`: cosmovisor's own; `old-data`: what a restore has put aside; `unfinished`: left by a process that was killed, or still made;
   * `restoring`: the same of a restore.
   */
  readonly kind: Listed['kind'] | 'old-data' | 'unfinished' | 'restoring';
  readonly madeAt: string | null;
  /** The upgrade before which it was made. */
  readonly plan: { readonly name: string; readonly height: number } | null;
  /** What `current` named: the binary that belongs to the data. */
  readonly target: string | null;
  readonly strategy: string | null;
  /** The sizes of all files together. */
  readonly bytes: number;
  /** The data directory that it was made of. */
  readonly data: string | null;
}

/** `backup list`: what backups there are, what restores have put aside, and what was not finished. Takes no lock. */
export async function listBackupsCommand(env: Env, configPath: string | undefined, format: string): Promise<void> {
  const output = checkOutput(format);
  const { values, warnings } = await loadSettings(env, configPath);
  warn(warnings);
  const layout = layoutOf(values);
  const rows = await rowsOf(layout, values);
  print(output === 'json' ? printable(JSON.stringify(rows)) : asTable(rows, backupsDir(values, layout)));
}

async function rowsOf(layout: Layout, settings: RunSettings): Promise<readonly Row[]> {
  const { clearUnfinished, listBackups, unfinishedRestore } = await import('@chainvisor/backup');
  const parent = backupsDir(settings, layout);
  const rows = (await listBackups(parent)).map(rowOf);
  const unfinished = await clearUnfinished(parent, { all: true, dryRun: true });
  const aside = await oldDataOf(layout, settings);
  const restoring = await unfinishedRestore(layout.data);
  return Promise.all([
    ...rows,
    ...aside.map(({ name, path }) => bare(name, path, 'old-data')),
    ...unfinished.map((name) => bare(name, join(parent, name), 'unfinished')),
    ...restoring.map((path) => bare(basename(path), path, 'restoring')),
  ]);
}

async function rowOf({ name, path, kind, header }: Listed): Promise<Row> {
  if (header === undefined) return bare(name, path, kind);
  const { madeAt, strategy, bytes, data } = header;
  const { plan = null, target = null } = madeFor(header.about);
  return { name, path, kind, madeAt, plan, target, strategy, bytes, data };
}

async function bare(name: string, path: string, kind: Row['kind']): Promise<Row> {
  const { bytes } = await roomOf([path]);
  return { name, path, kind, madeAt: null, plan: null, target: null, strategy: null, bytes, data: null };
}

const heads = ['name', 'made', 'before', 'data of', 'strategy', 'size', ''] as const;

function asTable(rows: readonly Row[], parent: string): string {
  if (rows.length === 0) return printable(`there are no backups in ${parent}`);
  const lines = [heads, ...rows.map(cellsOf)].map((cells) => cells.map(printable));
  const widths = heads.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellsOf({ name, kind, madeAt, plan, target, strategy, bytes }: Row): string[] {
  const made = madeAt?.replace(/\.\d+Z$/, 'Z') ?? '-';
  return [
    name,
    made,
    plan === null ? '-' : planText(plan),
    target ?? '-',
    strategy ?? '-',
    sizeText(bytes),
    words[kind],
  ];
}

const words: Readonly<Record<Row['kind'], string>> = {
  ours: '',
  renamed: 'renamed: never pruned',
  foreign: 'of cosmovisor: nothing says whether it is whole',
  damaged: 'damaged: its manifest cannot be read',
  'old-data': 'put aside by a restore; chainvisor backup prune --old-data removes it',
  unfinished: 'unfinished; chainvisor backup prune removes it',
  restoring: 'a restore under way or cut short; where cut short, the next start or chainvisor backup prune ends it',
};
