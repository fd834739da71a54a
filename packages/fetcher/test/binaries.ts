import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarArchive, type TarEntry, testDir } from '@chainvisor/testkit';
import { onTestFinished } from 'vitest';
import {
  defaultLimits,
  fetchBinary,
  type FetchBinaryOptions,
  type FetchedBinary,
  type FetchLimits,
} from '../src/index.js';
import { releases } from './network.js';

export interface Target {
  /** Where it shall appear. */
  readonly destination: string;
  /** What is beside it, and itself. */
  beside(): Promise<string[]>;
  /** What is in it, its directories with a slash. */
  tree(): Promise<string[]>;
  read(path: string): Promise<string>;
}

/** A place for a binary, until the test is over. */
export async function target(): Promise<Target> {
  const parent = await testDir('fetcher-');
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return targetIn(parent);
}

export function targetIn(parent: string): Target {
  const destination = join(parent, 'v2');
  return {
    destination,
    beside: () => readdir(parent),
    async tree() {
      const found = await readdir(destination, { recursive: true, withFileTypes: true });
      return found
        .map(
          (entry) =>
            join(entry.parentPath, entry.name).slice(destination.length + 1) + (entry.isDirectory() ? '/' : ''),
        )
        .sort();
    },
    read: (path) => readFile(join(destination, path), 'latin1'),
  };
}

export type Options = Partial<Omit<FetchBinaryOptions, 'limits'>> & { readonly limits?: Partial<FetchLimits> };

/** One attempt at `palomad`, without a checksum and a proxy unless said otherwise. */
export async function binary(url: string, destination: string, options: Options = {}): Promise<FetchedBinary> {
  return fetchBinary({
    url,
    destination,
    daemon: 'palomad',
    requireChecksum: false,
    allowWeakChecksum: false,
    env: {},
    attempts: 1,
    ...options,
    limits: { ...defaultLimits, ...options.limits },
  });
}

/** Fetches a file of that name with that content. */
export async function fetched(
  name: string,
  body: string | Uint8Array,
  options: Options & { readonly query?: string } = {},
): Promise<{ readonly result: FetchedBinary; readonly at: Target }> {
  const { query = '', ...own } = options;
  const server = await releases();
  const at = await target();
  return { result: await binary(server.serve(`/${name}`, body) + query, at.destination, own), at };
}

export function tarGz(entries: readonly TarEntry[]): Buffer {
  return gzipSync(tarArchive(entries));
}
