import type { ReadEntry } from 'tar/read-entry';
import type { Budget } from './budget.js';
import type { Collector } from './contents.js';
import { broken, quoted, unsafe, unsupported } from './refuse.js';
import type { Sink } from './shelf.js';

/** Metadata of its own sort, without a file: passed over. */
const PASSED_OVER: ReadonlySet<string> = new Set(['SolarisACL', 'TapeVolumeHeader']);

/**
 * For a tar archive, piece by piece: reads old, ustar, pax and GNU archives into the collector. What follows the two empty blocks at the end is padding.
 *
 * Throws FetcherError `FETCHER_ARCHIVE_BROKEN`, `FETCHER_KIND_UNSUPPORTED` for sparse files, and what the collector and the budget throw.
 */
export async function tarReader(shown: string, budget: Budget, collector: Collector): Promise<Sink> {
  const { Parser } = await import('tar/parse');
  const parser = new Parser({ strict: true });
  /** The parser speaks while it is written to; what it says is acted upon afterwards, in order. */
  let steps: (() => Promise<void>)[] = [];
  let ended = false;
  let sawEmptyBlock = false;

  parser.on('eof', () => (ended = true));
  parser.on('nullBlock', () => (sawEmptyBlock = true));
  parser.on('meta', (text: string) => {
    checkMeta(shown, text);
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    checkIgnored(shown, entry);
  });
  parser.on('error', (error: Error) => {
    throw broken(shown, `is damaged: ${error.message}`, error);
  });
  parser.on('entry', (entry: ReadEntry) => {
    budget.entries(1);
    const sink = collectEntry(shown, entry, collector);
    entry.on('data', (chunk: Buffer) => {
      if (sink !== undefined) steps.push(() => sink.write(chunk));
    });
    if (sink !== undefined) entry.on('end', () => steps.push(() => sink.end()));
  });

  const settle = async (): Promise<void> => {
    const due = steps;
    steps = [];
    for (const step of due) await step();
  };
  return {
    async write(chunk) {
      if (ended) return;
      parser.write(chunk);
      await settle();
    },
    async end() {
      if (ended) return;
      parser.end();
      await settle();
      // Where it was cut between two entries, only the missing end tells.
      if (!sawEmptyBlock) throw broken(shown, 'is cut short: the end of the archive is missing');
    },
  };
}

function collectEntry(shown: string, entry: ReadEntry, collector: Collector): Sink | undefined {
  const { path, type, linkpath = '', mode = 0 } = entry;
  switch (type) {
    case 'File':
    case 'OldFile':
    case 'ContiguousFile':
      return collector.file(path, mode);
    case 'Directory':
    case 'GNUDumpDir':
      collector.directory(path);
      return undefined;
    case 'SymbolicLink':
      collector.symlink(path, linkpath);
      return undefined;
    case 'Link':
      collector.hardLink(path, linkpath, mode);
      return undefined;
    case 'CharacterDevice':
    case 'BlockDevice':
      throw unsafe(shown, path, 'is a device');
    case 'FIFO':
      throw unsafe(shown, path, 'is a FIFO');
    default:
      throw unsafe(shown, path, `is of a kind that files are not (${type})`);
  }
}

function checkIgnored(shown: string, { meta, path, type }: ReadEntry): void {
  // Its file would get another name or size here than elsewhere.
  if (meta) throw broken(shown, `has an extended header of more than a megabyte: ${quoted(path)}`);
  if (type === 'SparseFile') throw unsupported(shown, path, 'is a sparse file');
  if (!PASSED_OVER.has(type)) throw unsafe(shown, path, 'is of an unknown kind');
}

/** The parser cuts names at a NUL byte and knows nothing of sparse files in pax headers. */
function checkMeta(shown: string, text: string): void {
  const sparse = /^\d+ GNU\.sparse\.[a-z]+=/m.test(text);
  if (sparse) throw unsupported(shown, /^\d+ GNU\.sparse\.name=(.*)$/m.exec(text)?.[1] ?? '', 'is a sparse file');
  const records = /^\d+ [^\n=]+=/.test(text);
  const names = records
    ? [...text.matchAll(/^\d+ (?:link)?path=(.*)$/gm)].map(([, name = '']) => name)
    : [text.replace(/\0+$/, '')];
  const cut = names.find((name) => name.includes('\0'));
  if (cut !== undefined) throw unsafe(shown, cut, 'contains a NUL byte');
}
