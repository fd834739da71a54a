import { constants } from 'node:fs';
import { crc32 } from 'node:zlib';
import type Yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { FetcherError, reasonOf, writeFailed } from '../errors.js';
import type { Budget } from './budget.js';
import type { Collector } from './contents.js';
import { broken, quoted, unsafe, unsupported } from './refuse.js';
import { type Downloaded, type Part, readThrough } from './streams.js';

/** What is kept of an entry of the central directory, whose comments may be long. */
interface Listed {
  readonly name: string;
  readonly rawName: Buffer;
  readonly mode: number;
  /** Enough of it for yauzl to find its bytes. */
  readonly entry: Entry;
}

const STORED = 0;
const DEFLATED = 8;
const LONGEST_TARGET = 4096;

/**
 * Reads a zip archive into the collector, by its central directory, as everybody does. No two entries may share bytes:
 * that is how small archives unpack to terabytes.
 *
 * Throws FetcherError `FETCHER_ARCHIVE_BROKEN`, `FETCHER_ARCHIVE_UNSAFE`, `FETCHER_KIND_UNSUPPORTED` for encrypted files
 * and rare compressions, and what the collector and the budget throw.
 */
export async function readZip(file: Downloaded, budget: Budget, collector: Collector): Promise<void> {
  const { default: yauzl } = await import('yauzl');
  const zip = await reading(file, () => yauzl.openPromise(file.path, { autoClose: false, decodeStrings: false }));
  try {
    budget.entries(zip.entryCount);
    const all: Listed[] = [];
    await reading(file, async () => {
      for await (const entry of zip.eachEntry()) {
        all.push(listed(entry, yauzl));
      }
    });
    let end = 0;
    for (const one of all.toSorted((a, b) => startOf(a) - startOf(b))) {
      if (startOf(one) < end) throw unsafe(file.shown, one.name, 'shares its bytes with another one');
      end = await collectEntry(file, zip, one, budget, collector);
    }
  } finally {
    zip.close();
  }
}

function listed(entry: Entry, yauzl: typeof Yauzl): Listed {
  const { generalPurposeBitFlag, fileNameRaw, extraFields, externalFileAttributes } = entry;
  const { compressionMethod, compressedSize, uncompressedSize, relativeOffsetOfLocalHeader } = entry;
  const kept = Object.assign(new yauzl.Entry(), { crc32: entry.crc32, generalPurposeBitFlag, compressionMethod });
  return {
    name: yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true),
    rawName: Buffer.from(fileNameRaw),
    // Unix programs put the mode there; others leave it empty.
    mode: externalFileAttributes >>> 16,
    entry: Object.assign(kept, { compressedSize, uncompressedSize, relativeOffsetOfLocalHeader }),
  };
}

function startOf({ entry }: Listed): number {
  return entry.relativeOffsetOfLocalHeader;
}

/** Returns where its bytes end. */
async function collectEntry(
  file: Downloaded,
  zip: ZipFile,
  { name, rawName, mode, entry }: Listed,
  budget: Budget,
  collector: Collector,
): Promise<number> {
  const header = await reading(file, () => zip.readLocalFileHeaderPromise(entry));
  if (!header.fileName.equals(rawName)) {
    throw broken(file.shown, `gives two names to one entry: ${quoted(name)} and ${quoted(header.fileName.toString())}`);
  }
  const part = { start: header.fileDataStart, end: header.fileDataStart + entry.compressedSize };
  const read = (take: (chunk: Buffer) => Promise<void>): Promise<void> =>
    readEntry(file, name, entry, part, budget, take);

  const type = typeOf(file.shown, name, mode);
  if (type === 'directory') {
    collector.directory(name);
  } else if (type === 'symlink') {
    if (entry.uncompressedSize > LONGEST_TARGET) throw unsafe(file.shown, name, 'is a link with a target too long');
    const target: Buffer[] = [];
    await read((chunk) => Promise.resolve(void target.push(chunk)));
    collector.symlink(name, Buffer.concat(target).toString());
  } else {
    const sink = collector.file(name, mode & 0o7777);
    await read((chunk) => sink.write(chunk));
    await sink.end();
  }
  return part.end;
}

function typeOf(shown: string, name: string, mode: number): 'file' | 'directory' | 'symlink' {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFLNK:
      return 'symlink';
    case constants.S_IFCHR:
    case constants.S_IFBLK:
      throw unsafe(shown, name, 'is a device');
    case constants.S_IFIFO:
    case constants.S_IFSOCK:
      throw unsafe(shown, name, 'is a FIFO or a socket');
    case constants.S_IFDIR:
      return 'directory';
    default:
      return name.endsWith('/') ? 'directory' : 'file';
  }
}

async function readEntry(
  file: Downloaded,
  name: string,
  entry: Entry,
  part: Part,
  budget: Budget,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const { compressionMethod, uncompressedSize } = entry;
  if (entry.isEncrypted()) throw unsupported(file.shown, name, 'is encrypted');
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    throw unsupported(file.shown, name, `is compressed in a way that is not known here (${compressionMethod})`);
  }
  let bytes = 0;
  let sum = 0;
  await readThrough(
    file,
    compressionMethod === DEFLATED ? 'deflate' : undefined,
    async (chunk) => {
      budget.spend(chunk.length);
      bytes += chunk.length;
      if (bytes > uncompressedSize) throw broken(file.shown, `has more bytes of ${quoted(name)} than it says`);
      sum = crc32(chunk, sum);
      await take(chunk);
    },
    part,
  );
  if (bytes !== uncompressedSize) throw broken(file.shown, `has fewer bytes of ${quoted(name)} than it says`);
  if (sum !== entry.crc32) throw broken(file.shown, `is damaged: the checksum of ${quoted(name)} is wrong`);
}

async function reading<T>(file: Downloaded, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof FetcherError) throw error;
    if (error instanceof Error && 'syscall' in error) throw writeFailed(`cannot read ${file.path}`, error);
    throw broken(file.shown, `is damaged: ${reasonOf(error)}`, error);
  }
}
