import { mkdir, open } from 'node:fs/promises';
import { FetcherError, writeFailed } from '../errors.js';
import { isTarHeader, type Kind, type Wrapping, wrappingOf } from '../kind.js';
import type { FetchLimits } from '../options.js';
import { type Budget, budgetOf } from './budget.js';
import { type Choice, choose } from './choose.js';
import { collect } from './contents.js';
import { type Content, contentOf, HEAD_BYTES } from './program.js';
import { broken } from './refuse.js';
import { type Shelf, shelfIn, type Sink } from './shelf.js';
import { type Compression, type Downloaded, readThrough } from './streams.js';
import { tarReader } from './tar.js';
import { readZip } from './zip.js';

export interface Unpacked extends Choice {
  readonly kind: Kind;
  /** The name of the binary, where it came from an archive. */
  readonly member: string | undefined;
}

export interface UnpackOptions {
  readonly daemon: string;
  readonly limits: FetchLimits;
  /** What the `archive` parameter asks for: the file is taken for nothing else. */
  readonly asked: Kind | undefined;
  /** What the name promises. */
  readonly promised: Kind | undefined;
  /** A directory to make for what is unpacked. */
  readonly directory: string;
}

/**
 * Finds the binary in a file that was downloaded and verified. Its content tells what it is, and so does that of what is
 * compressed in it; the name alone would make a failure of a release whose files are misnamed.
 *
 * Throws FetcherError `FETCHER_ARCHIVE_BROKEN`, `FETCHER_ARCHIVE_UNSAFE`, `FETCHER_ARCHIVE_LIMIT`,
 * `FETCHER_KIND_UNSUPPORTED`, `FETCHER_BINARY_ABSENT`, `FETCHER_BINARY_AMBIGUOUS`, `FETCHER_WRITE_FAILED`,
 * `FETCHER_ABORTED`.
 */
export async function unpack(file: Downloaded, options: UnpackOptions): Promise<Unpacked> {
  const { asked, directory, daemon } = options;
  const head = await headOf(file);
  const wrapping = asked === 'raw' ? undefined : wrappingOf(head, file.shown);
  checkAsked(file.shown, asked, wrapping);
  if (wrapping === undefined) return rawFile(file, head, options);

  const budget = budgetOf(file.shown, options.limits, file.bytes);
  const shelf = await makeShelf(directory);
  try {
    if (wrapping === 'zip') {
      const collector = collect(file.shown, shelf);
      await readZip(file, budget, collector);
      return fromArchive('zip', choose(file.shown, collector.contents(), daemon));
    }
    return await unpackStream(file, wrapping, budget, shelf, options);
  } finally {
    await shelf.close();
  }
}

async function unpackStream(
  file: Downloaded,
  wrapping: Exclude<Wrapping, 'zip' | undefined>,
  budget: Budget,
  shelf: Shelf,
  { asked, daemon }: UnpackOptions,
): Promise<Unpacked> {
  const compression = wrapping === 'tar' ? undefined : wrapping;
  const collector = collect(file.shown, shelf);
  let content: Content | undefined;
  let stored: string | undefined;
  const single = (): Sink =>
    shelf.sink((...found) => {
      [content, stored] = found;
    });

  let head: Buffer = Buffer.alloc(0);
  let taker: Sink | undefined;
  const begin = async (): Promise<Sink> => {
    const tar = asked === undefined ? isTarHeader(head) : asked.startsWith('tar');
    return tar ? tarReader(file.shown, budget, collector) : single();
  };
  await readThrough(file, compression, async (chunk) => {
    budget.spend(chunk.length);
    if (taker !== undefined) {
      await taker.write(chunk);
      return;
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) return;
    taker = await begin();
    await taker.write(head);
  });
  if (taker === undefined) {
    taker = await begin();
    await taker.write(head);
  }
  await taker.end();

  if (content === undefined) {
    return fromArchive(kindOf(compression, true), choose(file.shown, collector.contents(), daemon));
  }
  if (stored === undefined) throw noProgram(file.shown, content);
  return { kind: kindOf(compression, false), member: undefined, ...alone(stored) };
}

function kindOf(compression: Exclude<Compression, 'deflate'> | undefined, tar: boolean): Kind {
  if (compression === undefined) return 'tar';
  if (compression === 'gzip') return tar ? 'tar.gz' : 'gz';
  return tar ? 'tar.zst' : 'zst';
}

const WRAPPINGS: Readonly<Record<Kind, Wrapping>> = {
  raw: undefined,
  tar: 'tar',
  zip: 'zip',
  gz: 'gzip',
  'tar.gz': 'gzip',
  zst: 'zstd',
  'tar.zst': 'zstd',
};

function checkAsked(shown: string, asked: Kind | undefined, wrapping: Wrapping): void {
  if (asked === undefined || WRAPPINGS[asked] === wrapping) return;
  throw broken(shown, `is not ${asked}, which its archive parameter says it is`);
}

function rawFile(file: Downloaded, head: Buffer, { promised }: UnpackOptions): Unpacked {
  const content = contentOf(head);
  if (content.runs !== undefined) return { kind: 'raw', member: undefined, ...alone(file.path) };
  if (promised === undefined || promised === 'raw') throw noProgram(file.shown, content);
  throw broken(file.shown, `is not ${promised}, as its name says, but ${content.what}`);
}

function noProgram(shown: string, content: Content): FetcherError {
  const what = content.runs === undefined ? content.what : content.runs;
  return new FetcherError('FETCHER_BINARY_ABSENT', `${shown} holds no program: it is ${what}`, {
    hint: 'check the address: it may lead to a page, or to the file for another platform',
  });
}

function alone(stored: string): Choice {
  return { binary: { path: '', stored }, libraries: new Map(), others: [] };
}

function fromArchive(kind: Kind, choice: Choice): Unpacked {
  return { kind, member: choice.binary.path, ...choice };
}

async function makeShelf(directory: string): Promise<Shelf> {
  try {
    await mkdir(directory);
    return shelfIn(directory);
  } catch (error) {
    throw writeFailed(`cannot make ${directory}`, error);
  }
}

async function headOf(file: Downloaded): Promise<Buffer> {
  try {
    const opened = await open(file.path);
    try {
      const { bytesRead, buffer } = await opened.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await opened.close();
    }
  } catch (error) {
    throw writeFailed(`cannot read ${file.path}`, error);
  }
}
